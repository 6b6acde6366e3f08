CREATE TABLE p (x int, z text DEFAULT 'q');
CREATE TABLE t (a p);
