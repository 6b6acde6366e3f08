-- needs 15
CREATE TABLE sale (id integer PRIMARY KEY, price integer);
CREATE VIEW prices AS SELECT id, price FROM sale;
CREATE VIEW dear AS SELECT id FROM prices WHERE price > 100;
COMMENT ON VIEW dear IS 'luxury';
CREATE MATERIALIZED VIEW totals AS SELECT sum(price) AS total FROM sale;
CREATE INDEX by_total ON totals (total);
CREATE VIEW options WITH (security_barrier) AS SELECT id FROM sale;
