CREATE TABLE note (id integer PRIMARY KEY, code text);
INSERT INTO note VALUES (1, 'a');
CREATE VIEW codes AS SELECT code FROM note;
