-- needs 16
CREATE TABLE item (id integer PRIMARY KEY);
