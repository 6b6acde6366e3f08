-- needs 18
CREATE TABLE item (id integer PRIMARY KEY, net integer NOT NULL, note text);
INSERT INTO item VALUES (1, 2, 'x');
