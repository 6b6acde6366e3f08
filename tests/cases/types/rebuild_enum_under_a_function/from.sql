CREATE TYPE k AS ENUM ('a', 'b');
CREATE FUNCTION f(k) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'select 2::bigint';
CREATE TABLE t (id bigint PRIMARY KEY, x k NOT NULL, y int DEFAULT f('b'), z text);
CREATE VIEW v AS SELECT z, f(x) AS fx, x FROM t;
CREATE MATERIALIZED VIEW m AS SELECT fx, z FROM v;
