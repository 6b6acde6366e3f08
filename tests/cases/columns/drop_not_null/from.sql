CREATE TABLE note (id integer PRIMARY KEY, code text NOT NULL);
INSERT INTO note VALUES (1, 'a'), (2, 'b');
