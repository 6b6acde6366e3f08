CREATE TABLE sale (id integer PRIMARY KEY, day date, amount numeric);
INSERT INTO sale VALUES (1, '2024-01-01', 10), (2, '2024-01-01', 5);
CREATE MATERIALIZED VIEW sale_by_day AS SELECT day, sum(amount) AS total FROM sale GROUP BY day;
CREATE UNIQUE INDEX sale_by_day_day_idx ON sale_by_day (day);
CREATE VIEW best_day AS SELECT day FROM sale_by_day ORDER BY total DESC LIMIT 1;
COMMENT ON COLUMN best_day.day IS 'the day';
