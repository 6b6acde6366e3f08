CREATE TABLE sale (id integer PRIMARY KEY, day date, amount numeric);
INSERT INTO sale VALUES (1, '2024-01-01', 10), (2, '2024-01-01', 5);
