create table person (id int primary key, name text, token uuid not null default gen_random_uuid(), seen timestamptz default clock_timestamp());
