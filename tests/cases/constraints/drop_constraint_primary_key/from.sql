CREATE TABLE note (id integer PRIMARY KEY, body text);
INSERT INTO note VALUES (1, 'a'), (2, 'b');
