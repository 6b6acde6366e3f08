CREATE TYPE c AS (a bigint, b text);
CREATE TABLE t (id int PRIMARY KEY, x c);
