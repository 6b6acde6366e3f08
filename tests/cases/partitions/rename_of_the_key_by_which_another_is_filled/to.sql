CREATE TABLE public.orders (
    region text NOT NULL,
    -- schemaplan: renamed from id
    -- schemaplan: allow breaks-clients
    number integer NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (region, number)
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
