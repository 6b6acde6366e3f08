CREATE TABLE old (id integer PRIMARY KEY);
