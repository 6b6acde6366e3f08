CREATE TABLE customer (id integer PRIMARY KEY, name text, gone boolean);
INSERT INTO customer VALUES (1, 'Ada', false), (2, 'Bob', true);
