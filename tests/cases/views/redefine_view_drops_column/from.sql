CREATE TABLE customer (id integer PRIMARY KEY, name text, town text);
INSERT INTO customer VALUES (1, 'Ada', 'Bern');
CREATE VIEW listed AS SELECT id, name, town FROM customer;
CREATE VIEW upper_listed AS SELECT id, upper(name) AS name FROM listed;
COMMENT ON VIEW upper_listed IS 'for the printer';
