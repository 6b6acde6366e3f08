CREATE TYPE r AS RANGE (subtype = bigint);
CREATE TABLE t (id int PRIMARY KEY, x r, y r_multirange DEFAULT '{}');
CREATE VIEW v AS SELECT lower(x) FROM t;
