CREATE TABLE note (id integer PRIMARY KEY, code text, lang text, body text, tags text[]);
INSERT INTO note VALUES (1, 'a', 'de', 'x', '{x}'), (2, 'b', 'en', 'y', NULL);
