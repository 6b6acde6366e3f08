CREATE TABLE customer (id integer PRIMARY KEY, name text, town text);
CREATE VIEW listed AS SELECT id, name, town FROM customer WHERE name IS NOT NULL;
