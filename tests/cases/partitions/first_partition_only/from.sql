CREATE TABLE s (id bigint PRIMARY KEY, k int, v text DEFAULT 'x');
CREATE INDEX s_v ON s (v);
INSERT INTO s SELECT n, n, 'v' || n FROM generate_series(1, 500) AS n;
