CREATE TYPE entry AS (id bigint, name text, n bigint);
CREATE TABLE t (id bigint PRIMARY KEY, name text, n int NOT NULL CHECK (n > 0));
INSERT INTO t VALUES (1, 'a', 3), (2, 'b', 4);
