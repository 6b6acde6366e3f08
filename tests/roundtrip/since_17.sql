CREATE COLLATION shop.builtin (provider = builtin, locale = 'C.UTF-8');
CREATE TABLE shop.counted_parts (id bigint GENERATED ALWAYS AS IDENTITY, a int) PARTITION BY LIST (a);
CREATE TABLE shop.counted_part PARTITION OF shop.counted_parts FOR VALUES IN (1);
CREATE TABLE shop.excluded (a int, b int, EXCLUDE USING gist (a WITH =, b WITH =)) PARTITION BY LIST (a);
GRANT MAINTAIN ON shop.scratch TO pg_monitor;
CREATE VIEW shop.in_json AS SELECT j.a FROM JSON_TABLE('[1]'::jsonb, '$[*]' COLUMNS (a int PATH '$')) AS j;
