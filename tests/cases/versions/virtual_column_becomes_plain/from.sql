-- needs 18
CREATE TABLE item (id integer PRIMARY KEY, net integer NOT NULL, gross integer GENERATED ALWAYS AS (net * 2) NOT NULL);
INSERT INTO item VALUES (1, 2);
