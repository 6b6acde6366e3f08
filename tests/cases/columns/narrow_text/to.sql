create table item (
    id int primary key,
    -- schemaplan: using code::integer
    -- schemaplan: reverse code::text
    code integer,
    constraint item_code_key unique (code)
);
create table mention (
    -- schemaplan: using item::integer
    -- schemaplan: reverse item::text
    item integer references item (code) on update cascade,
    at int
);
