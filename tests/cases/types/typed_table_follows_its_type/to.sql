CREATE TYPE ty AS (a bigint, b text, c date);
CREATE TABLE t OF ty (PRIMARY KEY (a));
CREATE INDEX i ON t (c);
CREATE VIEW v AS SELECT b, c FROM t;
