CREATE TABLE sale (id integer NOT NULL, on_day date NOT NULL, price numeric, PRIMARY KEY (id, on_day)) PARTITION BY RANGE (on_day);
CREATE TABLE sale_rest PARTITION OF sale DEFAULT;
CREATE VIEW sales AS SELECT on_day, sum(price) AS total, count(*) AS sales FROM sale GROUP BY on_day;
CREATE MATERIALIZED VIEW best AS SELECT max(total) AS total FROM sales;
