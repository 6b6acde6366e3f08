CREATE TABLE p (id int, n text);
CREATE TABLE c (b int) INHERITS (p);
CREATE TABLE d () INHERITS (p);
