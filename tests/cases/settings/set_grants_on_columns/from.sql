create table t (id int primary key, a int, b text);
grant select on t to reader with grant option; grant update (a) on t to writer;
create table u (id int primary key, a int);
grant select (a) on u to reader; grant select (a) on u to writer with grant option;
