create table t (id int primary key, a int, b text);
grant select (id, b), insert (a) on t to reader with grant option; grant update (a), references (id) on t to writer with grant option;
create table u (id int primary key, a int);
grant select on u to reader; grant select (a) on u to writer;
