CREATE TABLE note (id integer PRIMARY KEY, code text, lang text, CONSTRAINT note_code_lang UNIQUE (code, lang));
COMMENT ON CONSTRAINT note_code_lang ON note IS 'one text a language';
