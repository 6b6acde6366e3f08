CREATE TABLE note (
    id integer PRIMARY KEY,
    code text,
    -- schemaplan: renamed from long_enough
    CONSTRAINT note_code_filled CHECK (length(code) > 0)
);
