create table t (id int not null, d date not null, a int, b int generated always as (a * 2) stored) partition by range (d);
create table t1 partition of t for values from ('2024-01-01') to ('2025-01-01');
create table p (a int, b int);
create table c (more int) inherits (p);
create index t_b on t (b);
insert into t values (1, '2024-03-03', 7);
