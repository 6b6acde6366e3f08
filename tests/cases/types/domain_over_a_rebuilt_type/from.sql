create type point as (x int, y int);
create domain points as point[] check (cardinality(value) < 10);
create type state as enum ('a', 'b', 'c');
create domain known as state check (value <> 'a');
create domain gone as state check (value <> 'c');
create table t (id int primary key, ps points default '{}', p point[], s known, g gone);
create function marks(p points) returns int language sql immutable as 'select cardinality(p)';
insert into t values (1, '{"(1,2)"}', '{"(3,4)"}', 'b', null);
