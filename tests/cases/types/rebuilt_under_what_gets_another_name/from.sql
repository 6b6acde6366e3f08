create type e as enum ('a', 'b', 'c');
create function g(n int) returns int language sql immutable return n;
create table t (id int, s e, constraint check_old check (s <> 'b'), constraint beside_old exclude using btree (id with =) where (s = 'b'));
create index i_old on t (id) where s = 'a';
create index g_old on t (g(id));
create unique index by_directive on t (id, s);
insert into t values (1, 'a'), (2, 'a');
