CREATE TABLE account (id integer PRIMARY KEY, number integer NOT NULL UNIQUE);
CREATE TABLE entry (id integer PRIMARY KEY, account integer REFERENCES account (id));
INSERT INTO account VALUES (1, 100);
INSERT INTO entry VALUES (1, 1);
