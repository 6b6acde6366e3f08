create domain word as text not null check (value <> '' and value <> ' ');
create domain name as word default 'q' constraint short check (length(value) < 20);
create domain names as name[];
create table t (id int primary key, a name, b word[] not null, c name default 'y', d names);
create function first_of(name) returns word language sql as 'select $1::word';
