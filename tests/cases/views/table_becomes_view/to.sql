CREATE TABLE customer (id integer PRIMARY KEY, name text);
CREATE VIEW person AS SELECT id, name FROM customer;
CREATE VIEW greeting AS SELECT 'Hello ' || name AS line FROM person;
