CREATE TABLE p (id int, CONSTRAINT positive CHECK (id > 0));
CREATE TABLE q (id int, z int, CONSTRAINT positive CHECK (id > 0));
CREATE TABLE c (b int) INHERITS (q);
