CREATE TABLE client (id integer PRIMARY KEY, state text NOT NULL CONSTRAINT state_known CHECK (state IN ('new', 'old')), age integer CONSTRAINT adult CHECK (age >= 18));
CREATE INDEX client_age ON client (age);
INSERT INTO client VALUES (1, 'new', 20), (2, 'old', NULL);
