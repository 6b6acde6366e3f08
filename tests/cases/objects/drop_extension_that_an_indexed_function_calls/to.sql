CREATE TABLE person (id integer PRIMARY KEY, name text);
CREATE INDEX person_name ON person (lower(name));
