CREATE TABLE line (
    id integer PRIMARY KEY,
    net integer NOT NULL,
    gross integer NOT NULL GENERATED ALWAYS AS (net * 2) STORED
);
CREATE INDEX line_gross ON line (gross);
INSERT INTO line VALUES (1, 2), (2, 8);
