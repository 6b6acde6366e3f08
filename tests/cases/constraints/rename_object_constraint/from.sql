CREATE TABLE note (id integer PRIMARY KEY, code text, CONSTRAINT long_enough CHECK (length(code) > 0));
INSERT INTO note VALUES (1, 'a'), (2, 'b');
