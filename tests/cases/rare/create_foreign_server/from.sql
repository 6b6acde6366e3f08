CREATE TABLE near (id integer PRIMARY KEY);
