create domain word as text not null check (value <> '' and value <> ' ');
create domain name as word;
create domain names as name[];
create table t (id int primary key, b word[] not null, c names default '{}');
create table u (d names);
insert into t values (1, '{b}', '{c}'); insert into u values ('{d}');
