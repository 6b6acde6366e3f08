CREATE TYPE c AS (a int, b text);
CREATE TABLE t (x c);
CREATE VIEW v AS SELECT (x).a FROM t;
