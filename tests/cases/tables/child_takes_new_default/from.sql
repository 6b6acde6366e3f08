CREATE TABLE person (id integer NOT NULL, name text);
CREATE TABLE guest (id integer NOT NULL, name text, since date);
