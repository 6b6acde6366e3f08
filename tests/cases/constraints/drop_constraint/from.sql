CREATE TABLE customer (id integer PRIMARY KEY);
INSERT INTO customer VALUES (1), (2);
CREATE TABLE invoice (
    id integer PRIMARY KEY,
    customer_id integer REFERENCES customer (id) ON UPDATE CASCADE,
    code text CONSTRAINT invoice_code UNIQUE,
    amount numeric CONSTRAINT invoice_amount CHECK (amount > 0)
);
INSERT INTO invoice VALUES (10, 1, 'a', 5), (11, NULL, NULL, NULL);
COMMENT ON CONSTRAINT invoice_amount ON invoice IS 'no refunds';
