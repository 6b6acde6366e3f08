CREATE TABLE p (id int, n text);
CREATE TABLE c (b int) INHERITS (p);
CREATE TABLE d () INHERITS (p);
INSERT INTO c VALUES (1, 'x', 2);
