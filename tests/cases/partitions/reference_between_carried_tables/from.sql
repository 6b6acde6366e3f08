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
    number integer NOT NULL,
    up_label text,
    up_number integer,
    CONSTRAINT nodes_number UNIQUE (label, number),
    CONSTRAINT nodes_up FOREIGN KEY (up_label, up_number) REFERENCES public.nodes (label, number) DEFERRABLE INITIALLY DEFERRED
) PARTITION BY LIST (label);
CREATE TABLE public.nodes_a PARTITION OF public.nodes FOR VALUES IN ('a');
CREATE TABLE public.nodes_b PARTITION OF public.nodes FOR VALUES IN ('b');

INSERT INTO public.orders SELECT g, date '2025-01-01' + g * 4 FROM generate_series(0, 130) AS g;
INSERT INTO public.lines SELECT id, day, id * 2 + g FROM public.orders, generate_series(0, 1) AS g;
INSERT INTO public.nodes SELECT CASE g % 2 WHEN 0 THEN 'a' ELSE 'b' END, g, CASE (g / 2) % 2 WHEN 0 THEN 'a' ELSE 'b' END, g / 2
    FROM generate_series(0, 200) AS g;
