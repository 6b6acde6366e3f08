CREATE TABLE line (id integer PRIMARY KEY, price integer NOT NULL, sum integer DEFAULT 3 UNIQUE, tax bigint GENERATED ALWAYS AS (price / 4) STORED CHECK (tax >= 0));
CREATE INDEX by_tax ON line (tax);
COMMENT ON INDEX by_tax IS 'for the report';
CREATE VIEW taxes AS SELECT tax FROM line;
