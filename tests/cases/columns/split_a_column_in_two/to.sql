CREATE TABLE person (
    id integer PRIMARY KEY,
    -- schemaplan: using split_part(full_name, ' ', 1)
    -- schemaplan: reverse concat_ws(' ', first_name, last_name)
    first_name text NOT NULL,
    -- schemaplan: using nullif(split_part(full_name, ' ', 2), '')
    last_name text
);
