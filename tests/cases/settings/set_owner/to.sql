CREATE TABLE note (id integer PRIMARY KEY, code text);
CREATE VIEW codes AS SELECT code FROM note;
ALTER TABLE note OWNER TO case_writer;
ALTER VIEW codes OWNER TO case_writer;
