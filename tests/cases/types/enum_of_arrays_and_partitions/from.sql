CREATE TYPE public.state AS ENUM ('new', 'paid', 'sent', 'void');
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

INSERT INTO public.orders SELECT g, date '2025-01-01' + g * 4, (ARRAY['new', 'paid', 'void'])[1 + g % 3]::public.state,
    ARRAY['new', (ARRAY['new', 'paid', 'void'])[1 + g % 3], NULL]::public.state[] FROM generate_series(0, 150) AS g;
INSERT INTO public.rules VALUES (1, '{new,paid}', 'void'), (2, '{{new,paid},{NULL,void}}', NULL), (3, NULL, 'new'), (4, '{}', 'paid'), (5, '{NULL}', 'new');
