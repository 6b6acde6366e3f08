CREATE TABLE account (id integer PRIMARY KEY, balance bigint, note text);
CREATE TYPE change AS (at date, was account);
CREATE TABLE history (id integer PRIMARY KEY, was account);
CREATE TABLE journal (id integer PRIMARY KEY, changes change[]);
