CREATE TABLE note (id integer PRIMARY KEY, code text, lang text);
