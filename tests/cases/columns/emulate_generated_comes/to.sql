CREATE TABLE line (
    id integer PRIMARY KEY,
    net integer,
    "Rate" numeric NOT NULL,
    -- schemaplan: emulate-generated
    gross numeric NOT NULL GENERATED ALWAYS AS (coalesce(net, 0) * (1 + "Rate")) STORED,
    -- schemaplan: emulate-generated
    both_of integer[] GENERATED ALWAYS AS (ARRAY[id, net]) STORED
);
CREATE INDEX line_gross ON line (gross);
