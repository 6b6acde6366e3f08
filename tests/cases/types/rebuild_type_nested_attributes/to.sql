CREATE TYPE z AS (a int);
CREATE TYPE c AS (z z);
