CREATE TABLE p (x int);
CREATE TABLE t (a p);
