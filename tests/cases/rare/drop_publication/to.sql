-- needs 15
CREATE TABLE told (id integer PRIMARY KEY, kind text NOT NULL, note text);
CREATE TABLE kept (id integer PRIMARY KEY);
CREATE SCHEMA other;
CREATE TABLE other.far (id integer PRIMARY KEY);
