CREATE TABLE book (id integer PRIMARY KEY, words integer, pages integer GENERATED ALWAYS AS (words / 300) STORED);
