CREATE TABLE customer (id integer PRIMARY KEY);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id) ON DELETE SET NULL);
