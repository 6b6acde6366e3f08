CREATE DOMAIN price AS numeric(10,2) CHECK (VALUE >= 0);
CREATE TABLE t (id int PRIMARY KEY, p price NOT NULL, q price[]);
CREATE VIEW v AS SELECT sum(p) AS s FROM t;
