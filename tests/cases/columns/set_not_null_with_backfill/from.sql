create table person (id int primary key, name text);
insert into person select n, 'p' || n from generate_series(1, 40) as n;
