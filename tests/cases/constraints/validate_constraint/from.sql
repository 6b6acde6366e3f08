CREATE TABLE customer (id integer PRIMARY KEY);
INSERT INTO customer VALUES (1), (2);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, amount numeric);
INSERT INTO invoice VALUES (10, 1, 1), (11, NULL, 2);
ALTER TABLE invoice ADD CONSTRAINT invoice_amount CHECK (amount > 0) NOT VALID;
ALTER TABLE invoice ADD CONSTRAINT invoice_customer FOREIGN KEY (customer_id) REFERENCES customer (id) NOT VALID;
