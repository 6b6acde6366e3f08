CREATE TABLE customer (id integer PRIMARY KEY, name text);
CREATE TABLE person (id integer, name text);
CREATE VIEW greeting AS SELECT 'Hello ' || name AS line FROM person;
