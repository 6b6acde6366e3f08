CREATE TYPE c AS (a int, b text, d date);
CREATE TABLE t (id int PRIMARY KEY, x c, y c[]);
CREATE FUNCTION f(c) RETURNS int LANGUAGE sql AS 'SELECT $1.a';
CREATE VIEW v AS SELECT f(x) FROM t;
