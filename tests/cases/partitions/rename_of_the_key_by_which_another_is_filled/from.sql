CREATE TABLE public.orders (
    region text NOT NULL,
    id integer NOT NULL,
    amount integer NOT NULL,
    PRIMARY KEY (region, id)
) PARTITION BY HASH (region);
CREATE TABLE public.orders_0 PARTITION OF public.orders FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE public.orders_1 PARTITION OF public.orders FOR VALUES WITH (MODULUS 2, REMAINDER 1);
-- The mark keeps the key from being carried: the column is renamed by one statement.
ALTER TABLE public.orders_0 REPLICA IDENTITY USING INDEX orders_0_pkey;
CREATE TABLE public.lines (
    region text NOT NULL,
    order_id integer NOT NULL,
    n integer NOT NULL,
    PRIMARY KEY (region, order_id, n),
    FOREIGN KEY (region, order_id) REFERENCES public.orders
) PARTITION BY HASH (region);
CREATE TABLE public.lines_all PARTITION OF public.lines FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO public.orders SELECT 'r' || g % 5, g, g * 10 FROM generate_series(1, 40) AS g;
INSERT INTO public.lines SELECT 'r' || g % 5, g, 1 FROM generate_series(1, 40) AS g;
