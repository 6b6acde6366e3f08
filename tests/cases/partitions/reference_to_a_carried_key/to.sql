CREATE TABLE public.orders (
    id bigint NOT NULL,
    day date NOT NULL,
    note text,
    PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE TABLE public.orders_2025 PARTITION OF public.orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.orders_2026 PARTITION OF public.orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY RANGE (day);
CREATE TABLE public.orders_2026_first PARTITION OF public.orders_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE public.orders_rest PARTITION OF public.orders DEFAULT;
CREATE TABLE public.lines (
    order_id bigint NOT NULL,
    day date NOT NULL,
    n integer NOT NULL,
    PRIMARY KEY (order_id, day, n),
    CONSTRAINT lines_order FOREIGN KEY (order_id, day) REFERENCES public.orders ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE public.remarks (
    id integer PRIMARY KEY,
    order_id bigint,
    day date,
    FOREIGN KEY (order_id, day) REFERENCES public.orders ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON CONSTRAINT lines_order ON public.lines IS 'What it is a line of.';

