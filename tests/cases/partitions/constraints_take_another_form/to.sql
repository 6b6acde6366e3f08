CREATE TABLE public.customers (
    id integer PRIMARY KEY,
    region integer NOT NULL,
    UNIQUE (region, id)
);
CREATE TABLE public.orders (
    id integer NOT NULL,
    day date NOT NULL,
    customer_id integer,
    region integer,
    qty integer NOT NULL,
    PRIMARY KEY (id, day),
    CONSTRAINT orders_qty CHECK (qty > 0),
    CONSTRAINT orders_once UNIQUE (day, customer_id, id) INCLUDE (qty),
    CONSTRAINT orders_customer FOREIGN KEY (region, customer_id) REFERENCES public.customers (region, id)
) PARTITION BY RANGE (day);
CREATE TABLE public.orders_2025 PARTITION OF public.orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.orders_2026 PARTITION OF public.orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY RANGE (day);
CREATE TABLE public.orders_2026_first PARTITION OF public.orders_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE public.orders_rest PARTITION OF public.orders DEFAULT;
COMMENT ON CONSTRAINT orders_customer ON public.orders IS 'Who pays, and where.';
COMMENT ON CONSTRAINT orders_once ON public.orders IS 'Not twice.';

