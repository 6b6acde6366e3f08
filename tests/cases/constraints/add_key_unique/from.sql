CREATE TABLE note (id integer PRIMARY KEY, code text, lang text);
INSERT INTO note VALUES (1, 'a', 'de'), (2, 'a', 'en'), (3, NULL, NULL);
