-- needs 18
CREATE TABLE person (
    id integer PRIMARY KEY,
    a integer CONSTRAINT a_needed NOT NULL,
    b integer,
    c integer CONSTRAINT c_required NOT NULL,
    d integer CONSTRAINT d_needed NOT NULL,
    e bigint CONSTRAINT e_needed NOT NULL
);
