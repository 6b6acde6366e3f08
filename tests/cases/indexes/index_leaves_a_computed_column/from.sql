create table t (a int, b int, g int generated always as (b + 1) stored, unique (g));
create index i on t (g);
insert into t (a, b) values (1, 2);
