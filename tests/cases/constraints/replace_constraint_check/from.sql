CREATE TABLE price (id integer PRIMARY KEY, amount numeric CONSTRAINT price_amount CHECK (amount > 0));
INSERT INTO price VALUES (1, 10), (2, NULL);
