CREATE TABLE s (id bigint PRIMARY KEY, k integer NOT NULL, email text NOT NULL, v text, UNIQUE (email));
CREATE INDEX s_v ON s (v);
INSERT INTO s SELECT n, n % 100, 'm' || n, repeat('x', n % 7) FROM generate_series(1, 1000) AS n;
