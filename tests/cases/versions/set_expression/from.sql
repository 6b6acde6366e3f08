-- needs 17
CREATE FUNCTION long(integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN $1 / 250;
CREATE TABLE book (
    id integer PRIMARY KEY,
    words integer,
    lines integer,
    pages integer GENERATED ALWAYS AS (words / 250) STORED CHECK (pages >= 0),
    sheets integer GENERATED ALWAYS AS (long(words)) STORED,
    price integer GENERATED ALWAYS AS (lines * 2) STORED UNIQUE
);
CREATE INDEX by_pages ON book (pages);
CREATE VIEW thick AS SELECT id, pages, sheets FROM book WHERE pages > 2;
INSERT INTO book VALUES (1, 1000, 10), (2, NULL, 20);
CREATE TABLE story (pages integer GENERATED ALWAYS AS (words / 100) STORED) INHERITS (book);
INSERT INTO story VALUES (3, 1000, 30);
CREATE TABLE edition (year integer, n integer, twice integer GENERATED ALWAYS AS (n * 2) STORED) PARTITION BY LIST (year);
CREATE TABLE edition_1 PARTITION OF edition FOR VALUES IN (1);
INSERT INTO edition VALUES (1, 4);
