CREATE TYPE e AS ENUM ('b', 'a');
CREATE TABLE t (id int, m e) PARTITION BY LIST (m);
CREATE TABLE t_a PARTITION OF t FOR VALUES IN ('a', 'b');
CREATE TABLE u (id int, m e DEFAULT 'a');
