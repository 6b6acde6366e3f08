CREATE TYPE place AS (x integer, z text);
CREATE TABLE t (a place, g integer GENERATED ALWAYS AS ((a).x) STORED);
CREATE DOMAIN word AS varchar(20);
CREATE TABLE u (v word, g text GENERATED ALWAYS AS (upper(v::text)) STORED);
