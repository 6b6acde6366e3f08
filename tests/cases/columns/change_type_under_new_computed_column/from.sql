CREATE TABLE job (
    id integer PRIMARY KEY,
    priority integer NOT NULL DEFAULT 0,
    attempts integer NOT NULL DEFAULT 0
);
INSERT INTO job VALUES (1, 3, 0), (2, 1, 9);
