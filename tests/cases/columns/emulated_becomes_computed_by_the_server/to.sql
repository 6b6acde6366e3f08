CREATE TABLE line (
    id integer PRIMARY KEY,
    net integer NOT NULL,
    gross integer NOT NULL GENERATED ALWAYS AS (net * 2) STORED
);
CREATE INDEX line_gross ON line (gross);
