CREATE FUNCTION z(a bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'select a';
CREATE TABLE t (x int);
CREATE INDEX i ON t (z(x));
