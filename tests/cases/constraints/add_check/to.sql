CREATE TABLE price (id integer PRIMARY KEY, amount numeric, CONSTRAINT price_positive CHECK (amount > 0));
