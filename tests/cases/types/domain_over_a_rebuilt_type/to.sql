create type point as (x bigint, y int, z text);
create domain points as point[] default '{}' not null check (cardinality(value) < 20);
create type state as enum ('a', 'd', 'b');
create domain known as state check (value <> 'd') check (value <> 'a');
create table t (id int primary key, ps points, p point[], s known default 'b');
create function marks(p points) returns int language sql immutable as 'select cardinality(p) + 1';
