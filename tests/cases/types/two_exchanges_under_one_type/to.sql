CREATE TYPE e AS ENUM ('b', 'a');
CREATE DOMAIN d AS varchar(10);
CREATE TYPE c AS (e e, d d);
CREATE TABLE t (c c);
