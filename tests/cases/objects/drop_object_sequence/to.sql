CREATE TABLE call (id integer PRIMARY KEY);
