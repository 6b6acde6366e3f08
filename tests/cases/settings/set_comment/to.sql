CREATE TABLE note (id integer PRIMARY KEY, code text);
COMMENT ON TABLE note IS 'it''s new; "quoted" \ and $$';
COMMENT ON COLUMN note.code IS 'comes';
COMMENT ON CONSTRAINT note_pkey ON note IS 'the key';
CREATE FUNCTION f(a integer, text) RETURNS integer LANGUAGE sql AS $$ SELECT 1 $$;
COMMENT ON FUNCTION f(integer, text) IS 'one';
