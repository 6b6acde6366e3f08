create type span as range (subtype = float8);
create type state as enum ('a', 'b', 'c');
create table t (id int primary key, r span, r2 span[], s state, s2 state default 'c' check (s2 <> 'a'), s3 state);
create index t_s3 on t (s3) where s3 = 'c';
create index t_s2 on t (s2) where s = 'b';
insert into t values (1, '[1,2]', '{"[3,4)"}', 'a', null, 'b');
create table u (id int primary key, r span, s state[]);
insert into u values (1, '[5,6)', '{a,b}');
