CREATE TABLE note (id integer, body text);
INSERT INTO note VALUES (1, 'a'), (2, 'b');
