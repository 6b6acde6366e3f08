CREATE TYPE c AS (b text);
CREATE TABLE t (id int PRIMARY KEY, val c);
