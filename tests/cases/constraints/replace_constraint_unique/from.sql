CREATE TABLE note (id integer PRIMARY KEY, code text, lang text, CONSTRAINT note_code UNIQUE (code));
INSERT INTO note VALUES (1, 'a', 'de'), (2, 'b', 'en');
