create function slug(text) returns text language sql immutable as $$ select lower($1) $$;
create table team (id int primary key, code text not null);
create table person (
    id int primary key,
    team int not null references team,
    -- schemaplan: backfill slug((select t.code from team as t where t.id = team))
    label text not null
);
