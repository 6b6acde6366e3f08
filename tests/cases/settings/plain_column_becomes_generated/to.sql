CREATE TABLE book (id integer PRIMARY KEY, words integer NOT NULL,
    -- schemaplan: allow irreversible
    pages integer GENERATED ALWAYS AS (words / 250) STORED, price integer,
    -- schemaplan: allow irreversible
    tax integer NOT NULL GENERATED ALWAYS AS (price * 2) STORED);
CREATE INDEX book_pages ON book (pages);
COMMENT ON COLUMN book.pages IS 'By the words.';
CREATE VIEW long AS SELECT id, pages FROM book WHERE pages > 3;
