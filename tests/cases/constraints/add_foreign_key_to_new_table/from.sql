CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer);
INSERT INTO invoice VALUES (11, NULL);
