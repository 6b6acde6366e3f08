CREATE TABLE doc (id integer PRIMARY KEY, body text, owner text);
CREATE TABLE audit (id integer);
