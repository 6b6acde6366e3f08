CREATE FUNCTION next_code(length integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT length';
CREATE TABLE item (id integer PRIMARY KEY, code integer DEFAULT next_code(4), CHECK (next_code(code) > 0));
CREATE VIEW codes AS SELECT next_code(code) FROM item;
CREATE FUNCTION label(number integer DEFAULT 1) RETURNS text LANGUAGE sql AS 'SELECT $1::text';
CREATE VIEW labels AS SELECT label(id) FROM item;
