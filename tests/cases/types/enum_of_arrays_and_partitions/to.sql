CREATE TYPE public.state AS ENUM ('void', 'new', 'paid', 'lost');
CREATE TABLE public.orders (
    id integer NOT NULL,
    day date NOT NULL,
    state public.state NOT NULL DEFAULT 'new',
    path public.state[] NOT NULL DEFAULT '{new}'::public.state[],
    CONSTRAINT orders_state CHECK (state <> 'void' OR day > '2020-01-01'),
    PRIMARY KEY (id, day)
) PARTITION BY RANGE (day);
CREATE TABLE public.orders_2025 PARTITION OF public.orders FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.orders_2026 PARTITION OF public.orders FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX orders_by_state ON public.orders (state) WHERE state <> 'void';
CREATE TABLE public.rules (
    id integer PRIMARY KEY,
    "from states" public.state[],
    "to state" public.state,
    CHECK ("to state" <> ALL ("from states"))
);
CREATE INDEX rules_from ON public.rules USING gin ("from states");

