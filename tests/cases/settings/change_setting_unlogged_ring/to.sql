-- Each references the other: no order makes them unlogged one by one.
CREATE UNLOGGED TABLE slot (name text PRIMARY KEY, token text);
CREATE UNLOGGED TABLE holder (name text REFERENCES slot, token text, PRIMARY KEY (name, token));
ALTER TABLE slot ADD CONSTRAINT slot_held FOREIGN KEY (name, token) REFERENCES holder DEFERRABLE INITIALLY DEFERRED;
