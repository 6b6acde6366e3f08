CREATE TABLE note (id integer PRIMARY KEY, code text, lang text);
INSERT INTO note VALUES (1, 'a', 'de'), (2, 'b', 'en');
CREATE INDEX note_lang_idx ON note (lang);
COMMENT ON INDEX note_lang_idx IS 'search';
