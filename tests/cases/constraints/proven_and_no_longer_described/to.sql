CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE child (id integer PRIMARY KEY, parent integer REFERENCES parent, n integer);
ALTER TABLE child ADD CONSTRAINT small CHECK (n < 100);
COMMENT ON CONSTRAINT small ON child IS 'proven';
