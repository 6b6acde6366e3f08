CREATE TABLE line (
    id integer PRIMARY KEY,
    net numeric NOT NULL,
    gross numeric DEFAULT 5
);
INSERT INTO line VALUES (1, 2.5, 5.0);
