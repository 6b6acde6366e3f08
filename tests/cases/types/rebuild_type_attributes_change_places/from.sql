CREATE TYPE c AS (a int, b text);
CREATE TABLE t (id int PRIMARY KEY, val c);
CREATE VIEW v AS SELECT (val).a FROM t;
INSERT INTO t VALUES (1, ROW(1, 'one')), (2, ROW(NULL, NULL)), (3, NULL);
