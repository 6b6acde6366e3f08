CREATE TABLE person (
    id integer PRIMARY KEY,
    -- schemaplan: using concat_ws(' ', first_name, last_name)
    full_name text NOT NULL
);
