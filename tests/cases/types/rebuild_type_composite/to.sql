CREATE TYPE c AS (a bigint, d date, z int);
CREATE TABLE t (id int PRIMARY KEY, x c, y c[]);
CREATE FUNCTION f(c) RETURNS int LANGUAGE sql AS 'SELECT $1.a::int';
CREATE VIEW v AS SELECT f(x) FROM t;
