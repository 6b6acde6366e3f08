CREATE TABLE note (id integer PRIMARY KEY, code text DEFAULT 'a', made timestamptz, size integer DEFAULT 4);
INSERT INTO note VALUES (1), (2);
