CREATE TABLE item (id int PRIMARY KEY, price numeric NOT NULL);
-- schemaplan: renamed from total
CREATE FUNCTION price_of_all(above numeric DEFAULT 0) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT sum(price) FROM public.item WHERE price > above';
COMMENT ON FUNCTION price_of_all(numeric) IS 'what all items cost';
CREATE VIEW sums AS SELECT price_of_all(10) AS total;
