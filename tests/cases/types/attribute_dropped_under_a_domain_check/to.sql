CREATE TYPE c AS (x bigint);
CREATE DOMAIN dc AS c CHECK ((VALUE).x > 0);
CREATE TABLE t (a dc);
