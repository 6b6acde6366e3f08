CREATE TYPE c AS (a int, b text);
CREATE TABLE t (id int PRIMARY KEY, val c);
INSERT INTO t VALUES (1, ROW(NULL, 'one'));
