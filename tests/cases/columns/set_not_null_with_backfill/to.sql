create table person (
    id int primary key,
    -- schemaplan: backfill 'nobody ' || id
    name text not null
);
