create table t (id int primary key, a int) with (autovacuum_enabled = off); alter table t set (fillfactor = 50); alter table t replica identity full; alter table t enable row level security;
