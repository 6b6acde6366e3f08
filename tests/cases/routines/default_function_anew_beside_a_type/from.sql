create function f() returns int language sql immutable as 'select 1';
create function g() returns int language sql immutable as 'select 1';
create function nn(a int) returns int language sql as 'select a';
create table t (id int default nn(1), a int default f(), b int default g(), c int check (nn(c) > 0));
create view v as select nn(id) as x from t;
create index i on t (id);
insert into t (c) values (3);
