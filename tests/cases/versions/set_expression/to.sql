-- needs 17
CREATE FUNCTION short(integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN $1 / 300;
CREATE TABLE book (
    id integer PRIMARY KEY,
    words integer,
    pages integer GENERATED ALWAYS AS (words / 300) STORED CHECK (pages >= 0),
    sheets integer GENERATED ALWAYS AS (short(words)) STORED,
    price integer GENERATED ALWAYS AS (words * 3) STORED UNIQUE
);
CREATE INDEX by_pages ON book (pages);
CREATE VIEW thick AS SELECT id, pages, sheets FROM book WHERE pages > 2;
CREATE TABLE story (pages integer GENERATED ALWAYS AS (words / 100) STORED) INHERITS (book);
CREATE TABLE edition (year integer, n integer, twice integer GENERATED ALWAYS AS (n * 2 + 1) STORED) PARTITION BY LIST (year);
CREATE TABLE edition_1 PARTITION OF edition FOR VALUES IN (1);
