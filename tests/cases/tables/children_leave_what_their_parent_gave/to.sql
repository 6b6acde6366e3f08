CREATE TABLE person (id integer PRIMARY KEY, name text);
CREATE TABLE guest (id integer PRIMARY KEY, name text, since integer);
