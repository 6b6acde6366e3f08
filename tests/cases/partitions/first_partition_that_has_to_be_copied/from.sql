CREATE TABLE h (code text PRIMARY KEY);
INSERT INTO h SELECT 'c' || n FROM generate_series(1, 100) AS n;
