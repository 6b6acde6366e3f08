-- needs 18
CREATE TABLE item (id integer PRIMARY KEY, net integer NOT NULL, gross integer NOT NULL);
