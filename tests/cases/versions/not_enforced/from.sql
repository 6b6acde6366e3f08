-- needs 18
CREATE TABLE owner (id integer PRIMARY KEY);
CREATE TABLE pet (
    id integer PRIMARY KEY,
    a integer CONSTRAINT a_owner REFERENCES owner NOT ENFORCED,
    b integer CONSTRAINT b_owner REFERENCES owner ON DELETE CASCADE,
    c integer,
    CONSTRAINT a_positive CHECK (a > 0) NOT ENFORCED,
    CONSTRAINT b_positive CHECK (b > 0)
);
INSERT INTO owner VALUES (1);
INSERT INTO pet VALUES (1, 1, 1, 5);
