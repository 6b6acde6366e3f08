CREATE TABLE sale (id integer NOT NULL, on_day date NOT NULL, price numeric, PRIMARY KEY (id, on_day));
CREATE VIEW sales AS SELECT on_day, sum(price) AS total FROM sale GROUP BY on_day;
CREATE MATERIALIZED VIEW best AS SELECT max(total) AS total FROM sales;
