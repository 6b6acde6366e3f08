CREATE TYPE ty AS (a int, b text, d int);
CREATE TABLE t OF ty (PRIMARY KEY (a));
CREATE VIEW v AS SELECT b FROM t;
