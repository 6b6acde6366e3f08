CREATE TABLE log (id integer PRIMARY KEY, line text);
INSERT INTO log VALUES (1, 'a');
