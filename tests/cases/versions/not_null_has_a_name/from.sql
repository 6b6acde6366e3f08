-- needs 18
CREATE TABLE person (
    id integer PRIMARY KEY,
    a integer,
    b integer CONSTRAINT b_needed NOT NULL,
    c integer CONSTRAINT c_needed NOT NULL,
    d integer NOT NULL,
    e integer CONSTRAINT e_needed NOT NULL
);
INSERT INTO person VALUES (1, 2, 3, 4, 5, 6);
