CREATE TABLE person (
    id integer PRIMARY KEY,
    full_name text NOT NULL
);
INSERT INTO person SELECT n, 'first' || n || ' last' || n FROM generate_series(1, 20) AS n;
