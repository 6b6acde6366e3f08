-- needs 18
CREATE TABLE person (id integer PRIMARY KEY, a integer, b integer, c integer, d integer CONSTRAINT d_needed NOT NULL);
INSERT INTO person VALUES (1, 2, 3, NULL, 4);
ALTER TABLE person ADD CONSTRAINT a_needed NOT NULL a NOT VALID;
ALTER TABLE person ADD CONSTRAINT b_needed NOT NULL b NOT VALID;
