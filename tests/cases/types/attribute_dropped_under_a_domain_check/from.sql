CREATE TYPE c AS (x int, z text);
CREATE DOMAIN dc AS c CHECK ((VALUE).x > 0 AND (VALUE).z <> '');
CREATE TABLE t (a dc);
