-- needs 17
CREATE TABLE item (id integer PRIMARY KEY);
