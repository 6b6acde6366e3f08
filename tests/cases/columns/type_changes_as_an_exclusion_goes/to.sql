CREATE TABLE room (id integer PRIMARY KEY, door text NOT NULL);
