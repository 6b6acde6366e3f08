CREATE DOMAIN positive AS integer CONSTRAINT above_zero CHECK (VALUE > 0);
CREATE TABLE basket (id integer PRIMARY KEY, size positive);
INSERT INTO basket VALUES (1, 5);
