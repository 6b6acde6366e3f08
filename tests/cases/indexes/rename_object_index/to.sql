CREATE TABLE note (id integer PRIMARY KEY, code text);
-- schemaplan: renamed from note_code
CREATE INDEX note_code_idx ON note (code);
