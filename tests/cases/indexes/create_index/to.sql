CREATE TABLE note (id integer PRIMARY KEY, code text, lang text, body text, tags text[]);
CREATE INDEX note_lang_idx ON note (lang DESC NULLS LAST) INCLUDE (body) WITH (fillfactor = 70);
CREATE INDEX note_german_idx ON note (code) WHERE lang = 'de';
CREATE INDEX note_lower_idx ON note (lower(body), (code || lang) COLLATE "C");
CREATE UNIQUE INDEX note_code_key ON note (code);
CREATE INDEX note_tags_idx ON note USING gin (tags);
COMMENT ON INDEX note_tags_idx IS 'search';
