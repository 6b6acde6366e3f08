CREATE TABLE account (id integer NOT NULL UNIQUE, number integer NOT NULL UNIQUE, CONSTRAINT account_key PRIMARY KEY (id, number));
CREATE TABLE entry (id integer PRIMARY KEY, account integer REFERENCES account (id));
