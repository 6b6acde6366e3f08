CREATE TYPE e AS ENUM ('b', 'a');
CREATE TYPE c AS (e e, n int);
COMMENT ON COLUMN c.e IS 'latter';
CREATE TABLE t (c c);
