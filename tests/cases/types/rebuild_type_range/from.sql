CREATE TYPE r AS RANGE (subtype = int);
CREATE TABLE t (id int PRIMARY KEY, x r, y r_multirange DEFAULT '{}');
INSERT INTO t VALUES (1, '[1,2)', '{[1,2)}');
CREATE VIEW v AS SELECT lower(x) FROM t;
