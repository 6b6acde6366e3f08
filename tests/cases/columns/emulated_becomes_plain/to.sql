CREATE TABLE line (
    id integer PRIMARY KEY,
    net integer NOT NULL,
    gross integer NOT NULL
);
CREATE INDEX line_gross ON line (gross);
