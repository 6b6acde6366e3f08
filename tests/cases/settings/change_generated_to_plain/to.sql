CREATE TABLE book (id integer PRIMARY KEY, words integer, pages integer);
