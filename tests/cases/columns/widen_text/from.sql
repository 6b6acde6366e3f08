create table person (id int primary key, name varchar(40) not null default 'x', constraint person_name_key unique (name));
insert into person select n, 'p' || n from generate_series(1, 40) as n;
