CREATE TABLE t (a int, b varchar(20));
CREATE INDEX i ON t (lower(b));
