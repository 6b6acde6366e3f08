CREATE TYPE y AS ENUM ('q');
CREATE TYPE z AS (a int, y y);
CREATE TYPE c AS (z z, zz z[]);
CREATE TABLE t (c c);
