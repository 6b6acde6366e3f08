CREATE TABLE item (id int PRIMARY KEY, price numeric NOT NULL);
CREATE FUNCTION total(above numeric DEFAULT 0) RETURNS numeric LANGUAGE sql STABLE AS 'SELECT sum(price) FROM public.item WHERE price > above';
COMMENT ON FUNCTION total(numeric) IS 'what all items cost';
CREATE VIEW sums AS SELECT total(10) AS total;
