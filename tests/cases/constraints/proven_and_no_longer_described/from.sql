CREATE TABLE parent (id integer PRIMARY KEY);
CREATE TABLE child (id integer PRIMARY KEY, parent integer, n integer);
ALTER TABLE child ADD CONSTRAINT child_parent_fkey FOREIGN KEY (parent) REFERENCES parent NOT VALID;
COMMENT ON CONSTRAINT child_parent_fkey ON child IS 'to be proven';
ALTER TABLE child ADD CONSTRAINT small CHECK (n < 100) NOT VALID;
COMMENT ON CONSTRAINT small ON child IS 'to be proven';
