CREATE TABLE note (id integer PRIMARY KEY, code text);
INSERT INTO note VALUES (1, 'a');
COMMENT ON TABLE note IS 'old words';
COMMENT ON COLUMN note.id IS 'goes';
CREATE FUNCTION f(a integer, text) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;
