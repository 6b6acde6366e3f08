CREATE TABLE item (
    id integer PRIMARY KEY,
    net bigint NOT NULL,
    gross bigint GENERATED ALWAYS AS (net * 2) STORED,
    CHECK (gross > 0)
);
