CREATE TABLE note (id integer PRIMARY KEY, code text);
GRANT SELECT ON note TO case_reader;
GRANT INSERT ON note TO case_writer WITH GRANT OPTION;
GRANT UPDATE (code) ON note TO case_writer;
CREATE FUNCTION f() RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;
REVOKE ALL ON FUNCTION f() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION f() TO case_reader;
