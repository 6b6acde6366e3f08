create type e as enum ('a', 'b');
create function g(n int) returns bigint language sql immutable return n::bigint;
create table t (id int, s e, constraint check_new check (s <> 'b'), constraint beside_new exclude using btree (id with =) where (s = 'b'));
create index i_new on t (id) where s = 'a';
create index g_new on t (g(id));
-- schemaplan: renamed from by_directive
create unique index by_name on t (id, s);
