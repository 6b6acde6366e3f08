CREATE TABLE note (id integer PRIMARY KEY, code text, lang text);
CREATE INDEX note_lang_idx ON note (lang, code);
COMMENT ON INDEX note_lang_idx IS 'search';
