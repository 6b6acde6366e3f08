CREATE TABLE slot (name text PRIMARY KEY, token text);
CREATE TABLE holder (name text REFERENCES slot, token text, PRIMARY KEY (name, token));
ALTER TABLE slot ADD CONSTRAINT slot_held FOREIGN KEY (name, token) REFERENCES holder DEFERRABLE INITIALLY DEFERRED;
