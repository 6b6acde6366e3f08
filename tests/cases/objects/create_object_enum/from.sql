CREATE TABLE note (id integer PRIMARY KEY);
INSERT INTO note VALUES (1), (2);
