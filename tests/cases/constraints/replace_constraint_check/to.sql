CREATE TABLE price (id integer PRIMARY KEY, amount numeric CONSTRAINT price_amount CHECK (amount >= 1));
