CREATE TABLE account (id integer PRIMARY KEY, balance integer, note varchar(20));
CREATE TYPE change AS (at date, was account);
CREATE TABLE history (id integer PRIMARY KEY, was account);
CREATE TABLE journal (id integer PRIMARY KEY, changes change[]);
INSERT INTO account VALUES (1, 10, 'a'), (2, NULL, NULL);
