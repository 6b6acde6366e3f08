-- needs 15
CREATE TABLE t (id int PRIMARY KEY, a text, b text, c text, UNIQUE (a), CONSTRAINT late UNIQUE (b) DEFERRABLE);
CREATE TABLE n (id int PRIMARY KEY, a text UNIQUE, b varchar(10) UNIQUE);
INSERT INTO t VALUES (1, 'x', 'x', 'x'), (2, 'y', 'y', 'x'), (3, NULL, NULL, NULL), (4, NULL, NULL, NULL);
INSERT INTO n VALUES (1, 'x', 'x'), (2, 'y', 'y'), (3, NULL, NULL);
