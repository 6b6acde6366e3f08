create table t (a int, b bigint, constraint t_g_key unique (b));
create index i on t (b);
