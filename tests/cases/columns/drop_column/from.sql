create table person (id int primary key, name text not null, note text default 'x', nick varchar(20), constraint person_nick_check check (nick <> ''));
create index person_name_idx on person (name);
create table keyless (a int, gone int default 3);
create table small (id bigint generated always as identity primary key, keep text);
insert into person select n, 'p' || n, nullif('n' || n % 3, 'n0'), 'k' || n from generate_series(1, 40) as n;
insert into keyless select n % 3, nullif(n, 4) from generate_series(1, 10) as n;
insert into small (keep) values ('a'), (null);
