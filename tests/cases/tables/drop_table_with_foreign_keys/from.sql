CREATE TABLE customer (id integer PRIMARY KEY, name text);
INSERT INTO customer VALUES (1, 'Ada'), (2, 'Bob');
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer REFERENCES customer (id), payer_id integer);
INSERT INTO invoice VALUES (10, 1, 2), (11, 2, NULL);
CREATE TABLE line (id integer PRIMARY KEY, invoice_id integer NOT NULL REFERENCES invoice (id) ON DELETE CASCADE);
INSERT INTO line VALUES (100, 10), (101, 11);
ALTER TABLE invoice ADD CONSTRAINT invoice_payer FOREIGN KEY (payer_id) REFERENCES customer (id) NOT VALID;
