CREATE TABLE t (id int PRIMARY KEY, a bigint, b int, c int);
CREATE INDEX from_carried ON t (c);
CREATE INDEX to_carried ON t (a);
ALTER TABLE t ADD CONSTRAINT positive CHECK (c > 0);
