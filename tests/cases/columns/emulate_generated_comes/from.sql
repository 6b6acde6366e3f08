CREATE TABLE line (
    id integer PRIMARY KEY,
    net integer,
    "Rate" numeric NOT NULL
);
INSERT INTO line VALUES (1, 100, 0.2), (2, NULL, 0.1), (3, 7, 0);
