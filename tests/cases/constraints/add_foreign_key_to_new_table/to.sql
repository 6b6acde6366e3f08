CREATE TABLE customer (id integer, code text, PRIMARY KEY (id), UNIQUE (code));
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id));
