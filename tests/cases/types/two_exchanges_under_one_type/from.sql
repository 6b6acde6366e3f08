CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE DOMAIN d AS text;
CREATE TYPE c AS (e e, d d);
CREATE TABLE t (c c);
