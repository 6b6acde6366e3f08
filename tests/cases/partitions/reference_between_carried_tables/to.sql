CREATE TABLE public.orders (
    id bigint NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE TABLE public.orders_2025 PARTITION OF public.orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.orders_2026 PARTITION OF public.orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY RANGE (day);
CREATE TABLE public.orders_2026_first PARTITION OF public.orders_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE public.lines (
    order_id bigint,
    day date NOT NULL,
    n integer NOT NULL,
    PRIMARY KEY (day, n),
    CONSTRAINT lines_order FOREIGN KEY (order_id, day) REFERENCES public.orders ON DELETE CASCADE
) PARTITION BY RANGE (day);
CREATE TABLE public.lines_2025 PARTITION OF public.lines FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.lines_2026 PARTITION OF public.lines FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY HASH (day);
CREATE TABLE public.lines_2026_0 PARTITION OF public.lines_2026 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.lines_2026_1 PARTITION OF public.lines_2026 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
COMMENT ON CONSTRAINT lines_order ON public.lines IS 'What it is a line of.';
CREATE TABLE public.nodes (
    label text NOT NULL,
    number bigint NOT NULL,
    up_label text,
    up_number bigint,
    CONSTRAINT nodes_number UNIQUE (label, number),
    CONSTRAINT nodes_up FOREIGN KEY (up_label, up_number) REFERENCES public.nodes (label, number) DEFERRABLE INITIALLY DEFERRED
) PARTITION BY LIST (label);
CREATE TABLE public.nodes_a PARTITION OF public.nodes FOR VALUES IN ('a');
CREATE TABLE public.nodes_b PARTITION OF public.nodes FOR VALUES IN ('b');

