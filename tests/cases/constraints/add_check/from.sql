CREATE TABLE price (id integer PRIMARY KEY, amount numeric);
INSERT INTO price VALUES (1, 10), (2, NULL);
