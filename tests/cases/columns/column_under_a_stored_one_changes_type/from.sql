CREATE TABLE item (
    id integer PRIMARY KEY,
    net integer NOT NULL,
    gross bigint GENERATED ALWAYS AS (net * 2) STORED,
    CHECK (gross > 0)
);
INSERT INTO item VALUES (1, 2);
