CREATE TYPE c AS (a int, b text, d int);
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE t OF c (b DEFAULT 'x', d DEFAULT f());
CREATE TABLE u OF c (a DEFAULT 5);
COMMENT ON COLUMN t.b IS 'described';
GRANT SELECT (b) ON t TO pg_monitor;
