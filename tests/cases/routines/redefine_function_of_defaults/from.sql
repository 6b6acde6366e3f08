CREATE FUNCTION next_code(size integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT size';
CREATE TABLE item (id integer PRIMARY KEY, code integer DEFAULT next_code(3), CHECK (next_code(code) > 0));
CREATE VIEW codes AS SELECT next_code(code) FROM item;
CREATE FUNCTION label(integer) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
CREATE VIEW labels AS SELECT label(id) FROM item;
INSERT INTO item VALUES (1, 2);
