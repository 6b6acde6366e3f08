CREATE TABLE pet (id integer PRIMARY KEY, chip integer CONSTRAINT chip_registered REFERENCES register (chip));
CREATE TABLE register (id integer PRIMARY KEY, chip integer CONSTRAINT chip_once UNIQUE);
