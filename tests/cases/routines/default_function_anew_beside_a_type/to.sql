create function f(x int default 1) returns int language sql immutable as 'select 1';
create function g() returns bigint language sql immutable as 'select 1::bigint';
create function nn(a int, b int default 0) returns bigint language sql immutable as 'select (a + b)::bigint';
create table t (id bigint default nn(1), a bigint default f(), b bigint default g(), c int check (nn(c) > 1));
create view v as select nn(id::int, c) as x from t;
create index i on t (nn(c));
-- stops
