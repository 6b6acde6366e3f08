CREATE TABLE doc (id integer PRIMARY KEY, body text, touched timestamptz);
INSERT INTO doc VALUES (1, 'a', NULL);
