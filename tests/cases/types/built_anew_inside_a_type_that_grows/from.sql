CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE TYPE c AS (e e);
COMMENT ON COLUMN c.e IS 'former';
CREATE TABLE t (c c);
INSERT INTO t VALUES (ROW('a'));
