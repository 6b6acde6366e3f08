CREATE TABLE customer (id integer PRIMARY KEY, name text, town text);
INSERT INTO customer VALUES (1, 'Ada', 'Bern');
CREATE VIEW listed AS SELECT id, name FROM customer;
