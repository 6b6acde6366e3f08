CREATE TABLE note (id integer PRIMARY KEY, code text);
INSERT INTO note VALUES (1, 'a');
GRANT SELECT, DELETE ON note TO case_reader;
CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;
