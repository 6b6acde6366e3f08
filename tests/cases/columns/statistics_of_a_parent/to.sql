CREATE TABLE animal (name text, note text);
ALTER TABLE ONLY animal ALTER COLUMN name SET STATISTICS 50, ALTER COLUMN note SET STORAGE EXTERNAL;
CREATE TABLE bird (wings integer) INHERITS (animal);
