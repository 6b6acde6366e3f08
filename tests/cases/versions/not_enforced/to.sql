-- needs 18
CREATE TABLE owner (id integer PRIMARY KEY);
CREATE TABLE pet (
    id integer PRIMARY KEY,
    a integer CONSTRAINT a_owner REFERENCES owner,
    b integer CONSTRAINT b_owner REFERENCES owner ON DELETE CASCADE NOT ENFORCED,
    c integer CONSTRAINT c_owner REFERENCES owner NOT ENFORCED,
    CONSTRAINT a_positive CHECK (a > 0),
    CONSTRAINT b_positive CHECK (b > 0) NOT ENFORCED,
    CONSTRAINT c_positive CHECK (c > 100) NOT ENFORCED
);
