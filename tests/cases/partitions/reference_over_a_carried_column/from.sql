CREATE TABLE public.customers (
    id integer PRIMARY KEY,
    name text NOT NULL
);
CREATE TABLE public.orders (
    id integer NOT NULL,
    day date NOT NULL,
    customer_id integer NOT NULL,
    agent_id integer,
    PRIMARY KEY (id, day),
    CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES public.customers ON DELETE CASCADE,
    CONSTRAINT orders_agent FOREIGN KEY (agent_id) REFERENCES public.customers DEFERRABLE
) PARTITION BY RANGE (day);
CREATE TABLE public.orders_2025 PARTITION OF public.orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.orders_2026 PARTITION OF public.orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY RANGE (day);
CREATE TABLE public.orders_2026_first PARTITION OF public.orders_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE public.orders_rest PARTITION OF public.orders DEFAULT;
COMMENT ON CONSTRAINT orders_customer ON public.orders IS 'Who pays.';
CREATE INDEX orders_customer_id ON public.orders (customer_id);

INSERT INTO public.customers SELECT g, 'c ' || g FROM generate_series(1, 30) AS g;
INSERT INTO public.orders SELECT g, date '2024-12-01' + g * 4, 1 + g % 30, NULLIF(1 + g % 7, 3) FROM generate_series(0, 130) AS g
    WHERE date '2024-12-01' + g * 4 < '2026-01-01' OR date '2024-12-01' + g * 4 < '2026-07-01';
