CREATE UNLOGGED SEQUENCE shop.loose;
CREATE TABLE shop.nulls (a int UNIQUE NULLS NOT DISTINCT, b int);
COMMENT ON COLUMN shop.nulls.a IS 'one row without it at most';
CREATE UNIQUE INDEX ON shop.nulls (b) NULLS NOT DISTINCT WHERE b > 0;
CREATE VIEW shop.invoking WITH (security_invoker = true) AS SELECT a FROM shop.nulls;
CREATE TABLE shop.part_of (a int, b int, FOREIGN KEY (a) REFERENCES shop.nulls (a) ON DELETE SET NULL (a));
CREATE TABLE rare.filtered (id integer, kind text);
CREATE PUBLICATION filtered FOR TABLE rare.filtered (id, kind) WHERE (kind > 'a');
CREATE PUBLICATION schemas FOR TABLES IN SCHEMA rare, shop;
