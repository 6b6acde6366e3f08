CREATE TABLE sale (id integer PRIMARY KEY, what text, price integer);
CREATE VIEW all_sales AS SELECT id, what, price FROM sale;
CREATE VIEW open_sales AS SELECT id, what, price FROM all_sales;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM open_sales;
COMMENT ON VIEW all_sales IS 'every one';
