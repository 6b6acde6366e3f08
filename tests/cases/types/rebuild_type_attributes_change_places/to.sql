CREATE TYPE c AS (b text, n numeric, a bigint);
CREATE TABLE t (id int PRIMARY KEY, val c);
CREATE VIEW v AS SELECT (val).a FROM t;
