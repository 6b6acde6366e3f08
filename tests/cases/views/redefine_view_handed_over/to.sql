-- needs 15
CREATE TABLE sale (id integer PRIMARY KEY, price integer);
CREATE MATERIALIZED VIEW prices AS SELECT id, price FROM sale;
CREATE VIEW dear AS SELECT id FROM prices WHERE price > 100;
COMMENT ON VIEW dear IS 'luxury';
CREATE TABLE totals (total bigint);
CREATE INDEX by_total ON totals (total);
CREATE VIEW options WITH (security_invoker) AS SELECT id FROM sale WITH CHECK OPTION;
