create function base(n int) returns int language sql immutable as 'select n / 2 + 0';
create function half(n int) returns int language sql immutable return base(n);
create function unused(n int) returns int language sql immutable return n + 1;
create table t (n int, m int generated always as (half(n)) stored, o int, constraint small check (half(o) < 100));
create index by_half on t (half(n));
create index by_n on t (n);
create domain d int check (half(value) > 0);
create table p (n int) partition by range (half(n));
create table p_1 partition of p for values from (0) to (1000);
