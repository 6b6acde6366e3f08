CREATE TABLE sale (id integer PRIMARY KEY, what text, price integer);
CREATE VIEW open_sales AS SELECT id, what FROM sale;
CREATE VIEW all_sales AS SELECT id, what FROM open_sales;
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM all_sales;
COMMENT ON VIEW all_sales IS 'every one';
