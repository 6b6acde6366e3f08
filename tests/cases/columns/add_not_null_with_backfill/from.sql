create table person (id int generated always as identity primary key, name text not null);
insert into person (name) select 'p' || n from generate_series(1, 40) as n;
