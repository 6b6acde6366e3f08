CREATE TABLE customer (id integer PRIMARY KEY);
INSERT INTO customer VALUES (1), (2);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id));
INSERT INTO invoice VALUES (10, 1), (11, NULL);
