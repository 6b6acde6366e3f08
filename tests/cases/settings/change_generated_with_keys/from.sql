CREATE TABLE line (id integer PRIMARY KEY, price integer NOT NULL, sum integer GENERATED ALWAYS AS (price * 2) STORED UNIQUE, tax integer GENERATED ALWAYS AS (price / 5) STORED CHECK (tax >= 0));
CREATE INDEX by_tax ON line (tax);
COMMENT ON INDEX by_tax IS 'for the report';
CREATE VIEW taxes AS SELECT tax FROM line;
INSERT INTO line VALUES (1, 10), (2, 20);
