CREATE TABLE book (id integer PRIMARY KEY, words integer NOT NULL, pages integer NOT NULL DEFAULT 0, price integer, tax integer);
CREATE INDEX book_pages ON book (pages);
COMMENT ON COLUMN book.pages IS 'Counted.';
CREATE VIEW long AS SELECT id, pages FROM book WHERE pages > 3;
INSERT INTO book SELECT g, g * 250, g, g, g * 2 FROM generate_series(1, 8) AS g;
