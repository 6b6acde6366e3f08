CREATE TABLE r (id int PRIMARY KEY);
CREATE TABLE t (id int REFERENCES r, d date NOT NULL, a int CHECK (a > 0), PRIMARY KEY (id, d)) PARTITION BY RANGE (d);
CREATE INDEX i ON t (a);
CREATE TABLE t2 (id int, d date);
