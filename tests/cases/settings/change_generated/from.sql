CREATE TABLE book (id integer PRIMARY KEY, words integer, pages integer GENERATED ALWAYS AS (words / 250) STORED);
INSERT INTO book VALUES (1, 1000), (2, NULL);
