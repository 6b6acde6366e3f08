CREATE TABLE public.orders (
    id integer NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE TABLE public.orders_2025 PARTITION OF public.orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.orders_2026 PARTITION OF public.orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY RANGE (day);
CREATE TABLE public.orders_2026_first PARTITION OF public.orders_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE public.lines (
    order_id integer,
    day date NOT NULL,
    n integer NOT NULL,
    parent_n integer,
    PRIMARY KEY (day, n)
) PARTITION BY RANGE (day);
CREATE TABLE public.lines_2025 PARTITION OF public.lines FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.lines_2026 PARTITION OF public.lines FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY HASH (n);
CREATE TABLE public.lines_2026_0 PARTITION OF public.lines_2026 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.lines_2026_1 PARTITION OF public.lines_2026 FOR VALUES WITH (MODULUS 2, REMAINDER 1);

INSERT INTO public.orders SELECT g, date '2025-01-01' + g * 4 FROM generate_series(0, 130) AS g;
INSERT INTO public.lines SELECT id, day, id * 2 + g, NULLIF(id * 2, 0) FROM public.orders, generate_series(0, 1) AS g;
