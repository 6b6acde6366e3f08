CREATE DOMAIN price AS numeric(14,4) CHECK (VALUE >= 0);
CREATE TABLE t (id int PRIMARY KEY, p price NOT NULL DEFAULT 0, q price[]);
CREATE VIEW v AS SELECT sum(p) AS s, max(q) AS m FROM t;
