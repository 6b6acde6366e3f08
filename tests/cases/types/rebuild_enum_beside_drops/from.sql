CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE TABLE t (id int PRIMARY KEY, e1 e, e2 e);
CREATE TABLE u (id int PRIMARY KEY, e1 e);
INSERT INTO t VALUES (1, 'a', 'b'); INSERT INTO u VALUES (1, 'b');
