-- needs 18
CREATE TABLE item (
    id integer PRIMARY KEY,
    net bigint NOT NULL,
    gross bigint GENERATED ALWAYS AS (net * 2) VIRTUAL,
    CHECK (gross > 0)
);
