CREATE TABLE note (id integer PRIMARY KEY, code text, body text) WITH (fillfactor = 90, autovacuum_enabled = false);
INSERT INTO note VALUES (1, 'a', 'b'), (2, 'c', 'd');
