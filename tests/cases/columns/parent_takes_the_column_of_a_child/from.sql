CREATE TABLE p (id int);
CREATE TABLE c (b int, n text) INHERITS (p);
CREATE TABLE d () INHERITS (p);
INSERT INTO c VALUES (1, 2, 'x');
