-- needs 15
CREATE TABLE owner (a integer, b integer, PRIMARY KEY (a, b));
CREATE TABLE pet (
    id integer PRIMARY KEY,
    a integer,
    b integer,
    CONSTRAINT pet_owner FOREIGN KEY (a, b) REFERENCES owner ON DELETE SET NULL
);
