-- needs 18
CREATE TABLE owner (id integer PRIMARY KEY);
CREATE TABLE pet (
    id integer PRIMARY KEY,
    a integer CONSTRAINT a_owner REFERENCES owner NOT ENFORCED,
    CONSTRAINT a_large CHECK (a > 5) NOT ENFORCED
);
INSERT INTO pet VALUES (1, 1);
