CREATE TABLE note (id integer PRIMARY KEY, code text);
INSERT INTO note VALUES (1, 'a'), (2, 'b');
CREATE INDEX note_code ON note (code);
