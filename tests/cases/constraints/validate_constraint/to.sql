CREATE TABLE customer (id integer PRIMARY KEY);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, amount numeric);
ALTER TABLE invoice ADD CONSTRAINT invoice_amount CHECK (amount > 0);
ALTER TABLE invoice ADD CONSTRAINT invoice_customer FOREIGN KEY (customer_id) REFERENCES customer (id);
