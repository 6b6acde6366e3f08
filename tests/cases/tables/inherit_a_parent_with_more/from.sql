CREATE TABLE p (id int, z int CHECK (z > 0));
CREATE TABLE c (b int);
