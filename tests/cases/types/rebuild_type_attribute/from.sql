CREATE TYPE c AS (a int, b varchar(10));
CREATE TABLE t (id int PRIMARY KEY, x c);
INSERT INTO t VALUES (1, (1, 'x'));
