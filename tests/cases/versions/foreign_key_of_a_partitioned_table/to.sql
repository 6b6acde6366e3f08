-- needs 18
CREATE TABLE owner (id integer PRIMARY KEY);
CREATE TABLE pet (id integer, a integer CONSTRAINT a_owner REFERENCES owner) PARTITION BY RANGE (id);
CREATE TABLE pet_1 PARTITION OF pet FOR VALUES FROM (0) TO (10);
