CREATE TABLE line (
    id integer PRIMARY KEY,
    net numeric NOT NULL,
    -- schemaplan: emulate-generated
    gross numeric NOT NULL GENERATED ALWAYS AS (net * 2) STORED
);
