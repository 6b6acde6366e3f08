CREATE TABLE line (
    id integer PRIMARY KEY,
    net bigint NOT NULL,
    gross integer NOT NULL GENERATED ALWAYS AS (net * 2) STORED
);
CREATE INDEX line_gross ON line (gross);
