CREATE TABLE customer (id integer PRIMARY KEY);
CREATE TABLE invoice (id integer PRIMARY KEY, customer_id integer, amount numeric);
ALTER TABLE invoice ADD CONSTRAINT invoice_amount CHECK (amount > 0);
ALTER TABLE invoice ADD CONSTRAINT invoice_customer FOREIGN KEY (customer_id) REFERENCES customer (id);
-- A check that is NOT VALID is proven in the partitions that came after it.
CREATE TABLE sale (id integer, region text, amount numeric) PARTITION BY LIST (region);
CREATE TABLE sale_b PARTITION OF sale FOR VALUES IN ('b');
ALTER TABLE sale ADD CONSTRAINT sale_amount CHECK (amount > 0) NOT VALID;
CREATE TABLE sale_a PARTITION OF sale FOR VALUES IN ('a');
CREATE TABLE sale_c PARTITION OF sale FOR VALUES IN ('c');
CREATE TABLE sale_d PARTITION OF sale FOR VALUES IN ('d');
CREATE TABLE stock (id integer, amount integer) PARTITION BY RANGE (id);
ALTER TABLE stock ADD CONSTRAINT stock_id CHECK (id > 0) NOT VALID, ADD CONSTRAINT stock_amount CHECK (amount > 0) NOT VALID;
CREATE TABLE stock_1 PARTITION OF stock FOR VALUES FROM (0) TO (10);
CREATE TABLE stock_2 PARTITION OF stock FOR VALUES FROM (10) TO (20);
