create table t (id int, u int, constraint k unique (id));
insert into t select n, n from generate_series(1, 9) n;
