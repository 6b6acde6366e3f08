CREATE TABLE person (id integer PRIMARY KEY, name text NOT NULL);
CREATE STATISTICS st ON id, name FROM person;
CREATE STATISTICS st_filled ON name, id FROM person;
