-- The generated columns are made again as they were: that they are there does not say that the types have changed.
CREATE TYPE place AS (x integer, y integer);
CREATE TABLE t (a place, g integer GENERATED ALWAYS AS ((a).x) STORED);
CREATE DOMAIN word AS varchar(10);
CREATE TABLE u (v word, g text GENERATED ALWAYS AS (upper(v::text)) STORED);
INSERT INTO u VALUES ('a');
