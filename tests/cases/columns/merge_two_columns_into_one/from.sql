CREATE TABLE person (
    id integer PRIMARY KEY,
    first_name text NOT NULL,
    last_name text
);
INSERT INTO person SELECT n, 'first' || n, CASE WHEN n % 3 > 0 THEN 'last' || n END FROM generate_series(1, 20) AS n;
