CREATE TABLE line (
    id integer PRIMARY KEY,
    net integer NOT NULL
);
