CREATE TABLE line (
    id integer PRIMARY KEY,
    -- schemaplan: renamed from net
    price integer NOT NULL,
    -- schemaplan: emulate-generated
    gross integer NOT NULL GENERATED ALWAYS AS (price * 2) STORED
);
CREATE INDEX line_gross ON line (gross);
