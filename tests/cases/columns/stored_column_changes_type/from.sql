CREATE TABLE item (id integer PRIMARY KEY, net integer NOT NULL, gross integer GENERATED ALWAYS AS (net * 2) STORED);
INSERT INTO item VALUES (1, 2);
