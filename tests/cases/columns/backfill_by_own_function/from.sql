create table team (id int primary key, code text not null);
insert into team select n, 'c' || n from generate_series(1, 5) as n;
create table person (id int primary key, team int not null references team);
insert into person select n, 1 + n % 5 from generate_series(1, 40) as n;
