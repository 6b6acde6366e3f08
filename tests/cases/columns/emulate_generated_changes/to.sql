CREATE TABLE line (
    id integer PRIMARY KEY,
    net integer NOT NULL,
    -- schemaplan: emulate-generated
    gross integer GENERATED ALWAYS AS (net * 3) STORED,
    -- schemaplan: emulate-generated
    half integer NOT NULL GENERATED ALWAYS AS (net / 4) STORED
);
CREATE INDEX line_half ON line (half);
CREATE VIEW halves AS SELECT id, half FROM line;
