-- needs 15
CREATE TABLE item (id integer PRIMARY KEY, a integer, b integer CONSTRAINT b_key UNIQUE NULLS NOT DISTINCT, c integer);
CREATE UNIQUE INDEX item_c ON item (c);
INSERT INTO item VALUES (1, 1, 1, 1);
