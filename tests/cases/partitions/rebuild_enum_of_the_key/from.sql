CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE TABLE t (id int, m e) PARTITION BY LIST (m);
CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a', 'b');
CREATE TABLE u (id int, m e DEFAULT 'a');
INSERT INTO t VALUES (1, 'a'), (2, 'b');
INSERT INTO u VALUES (1, 'b');
