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
    CONSTRAINT orders_qty CHECK (qty >= 0),
    CONSTRAINT orders_once UNIQUE (customer_id, id, day) DEFERRABLE,
    CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES public.customers ON DELETE CASCADE
) PARTITION BY RANGE (day);
CREATE TABLE public.orders_2025 PARTITION OF public.orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.orders_2026 PARTITION OF public.orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY RANGE (day);
CREATE TABLE public.orders_2026_first PARTITION OF public.orders_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE public.orders_rest PARTITION OF public.orders DEFAULT;
COMMENT ON CONSTRAINT orders_customer ON public.orders IS 'Who pays.';
COMMENT ON CONSTRAINT orders_once ON public.orders IS 'Not twice.';

INSERT INTO public.customers SELECT g, g % 3 FROM generate_series(1, 30) AS g;
INSERT INTO public.orders SELECT g, date '2024-12-01' + g * 4, NULLIF(1 + g % 30, 7), (1 + g % 30) % 3, 1 + g FROM generate_series(0, 130) AS g
    WHERE date '2024-12-01' + g * 4 < '2026-07-01';
