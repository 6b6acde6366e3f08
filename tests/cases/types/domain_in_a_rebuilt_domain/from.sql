create domain word as text check (value <> '');
create domain name as word check (length(value) < 10);
create domain names as name[];
create table t (id int primary key, a name, b word[], c name default 'x', d names);
create function first_of(name) returns word language sql as 'select $1::word';
insert into t values (1, 'a', '{b}', 'c', '{d}');
