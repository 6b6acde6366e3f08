-- needs 18
CREATE TABLE person (id integer PRIMARY KEY, a integer CONSTRAINT a_needed NOT NULL, b integer, c integer, d integer);
ALTER TABLE person ADD CONSTRAINT c_needed NOT NULL c NOT VALID;
ALTER TABLE person ADD CONSTRAINT d_needed NOT NULL d NOT VALID;
