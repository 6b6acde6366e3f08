CREATE TABLE note (id integer PRIMARY KEY, code text, lang text, CONSTRAINT note_code UNIQUE (code, lang));
