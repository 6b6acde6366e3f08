-- The generated columns are made again as they were: that they are there does not say that the types have changed.
CREATE TYPE place AS (x integer, y integer);
CREATE TABLE t (a place, g integer GENERATED ALWAYS AS ((a).x) STORED);
CREATE DOMAIN word AS varchar(10);
CREATE TABLE u (v word, g text GENERATED ALWAYS AS (upper(v::text)) STORED);
INSERT INTO u VALUES ('a');
CREATE TYPE span AS RANGE (subtype = integer);
CREATE TABLE v (s span, g boolean GENERATED ALWAYS AS (isempty(s)) STORED);
CREATE FUNCTION same_one(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 >= $2 ';
CREATE FUNCTION same_two(integer, integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2 ';
CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = same_one);
CREATE TABLE w (a integer, n boolean GENERATED ALWAYS AS (a === 1) STORED, CHECK (a === 2));
