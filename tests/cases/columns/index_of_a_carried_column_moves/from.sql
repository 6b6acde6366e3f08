CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
CREATE INDEX from_carried ON t (a);
CREATE INDEX to_carried ON t (b);
ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0);
INSERT INTO t VALUES (1, 2, 3, 4);
