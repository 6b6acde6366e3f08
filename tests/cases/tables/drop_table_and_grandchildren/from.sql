CREATE TABLE p (id int PRIMARY KEY, a text NOT NULL CHECK (a <> ''));
CREATE TABLE c (b int, a text DEFAULT 'x') INHERITS (p);
CREATE TABLE cc () INHERITS (c);
INSERT INTO cc VALUES (1, 'a', 2);
CREATE TABLE other (id int);
