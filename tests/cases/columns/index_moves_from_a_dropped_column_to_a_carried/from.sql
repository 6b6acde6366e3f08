CREATE TABLE t (id int PRIMARY KEY, a bigint, b int);
CREATE INDEX i ON t (b);
INSERT INTO t VALUES (1, 2, 3);
