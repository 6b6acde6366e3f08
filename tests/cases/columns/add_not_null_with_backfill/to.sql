create table person (
    id int generated always as identity primary key,
    name text not null,
    -- schemaplan: backfill upper(name)
    label text not null
);
