-- What a short name, a name left out or a missing pair of parentheses could turn into something else.

create schema "Odd/Schema";
create schema app;

-- Names that mean something of pg_catalog when public is left out.
create function public.lower(t text) returns text language sql immutable as 'select pg_catalog.upper(t)';
create function public.format(a int, b int) returns text language sql immutable as 'select a::text || b::text';
create type public.date as enum ('soon', 'late');
create domain public.name as text check (value <> '');
create table public.box (a public.date, b pg_catalog.date, c public.name, d pg_catalog.name default 'x', e text default public.lower('x'));
create index on public.box (public.lower(e));
create index box_builtin on public.box (pg_catalog.lower(e));

-- Names like the schema's, and names that WITH takes.
create table public.public (id int primary key, orders int);
create table public.orders (id int primary key, public int);
create view uses_public as select public.id, public.orders from public.public;
create view hidden as with orders as (select 1 as id) select o.id, p.id as real_id from orders o join public.orders p on p.id = o.id;
create view nested as select x.id from (select id from public.orders where id in (select id from public.public)) x;
create view aliased as select public.id from public.orders public where public.public > 1;

-- Names that the server would choose, taken by others.
create table taken (a int constraint taken_b_check check (a > 0), b int check (b > 0), c int unique, d int);
create table taken_c_key_2 (c int);
create table owner_of (a int constraint owner_of_pkey1 primary key, b int constraint owner_of_a_fkey references taken (c));
create index taken_d_idx on taken (b);
create index on taken (d);
create sequence counted_id_seq;
create table counted (id serial primary key, other int default nextval('counted_id_seq'), big bigserial, small smallserial);
create sequence shared_seq owned by counted.other;

-- Circles.
create table egg (id int primary key, hen_id int);
create table hen (id int primary key, egg_id int references egg, friend int references hen);
alter table egg add foreign key (hen_id) references hen;
create table node (id int primary key, weight int);
create function heavy(n node) returns boolean language sql immutable as 'select n.weight > 10';
create function weigh() returns int language sql as 'select max(weight) from node';
alter table node alter weight set default weigh();
alter table node add check (heavy(node.*));
create function of_orders() returns setof public.orders language sql stable as 'select * from public.orders';
create view over_function as select id from of_orders();

-- Odd names.
create table "Table" ("Column" int primary key, "select" text, "a.b" int, "c""d" int, " " int, "ünï" int);
create table "table" (a int references "Table");
create table "TABLE" (a int);
create table "a/b" (a int);
create table "a.b" ("x.y" int unique);
create table "a""b" ("""" int);
create table "con" (a int);
create table " " (a int);
create table aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg (aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg int unique check (aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg > 0));
create table "Odd/Schema"."Odd.Table" ("Odd Column" int generated always as identity, t text);
create index "Odd Index" on "Odd/Schema"."Odd.Table" (t text_pattern_ops);
create function "Odd/Schema"."Odd(F)"("Arg" int default 3, variadic "rest" text[] default '{}') returns text language plpgsql set search_path = app, public, "$user" as $f$ begin return '$$'; end $f$;
comment on function "Odd/Schema"."Odd(F)"(int, text[]) is 'it''s
two lines \ and a tab	here';
create type app.mood as enum ('a''b', 'c"d', '', 'e: f', '- g', 'true');
create table app.feelings (id int, mood app.mood default 'a''b', moods app.mood[] default array['true'::app.mood], at timestamptz(3) default '2020-01-01 00:00:00+00', span interval(0) default '1.5 s', code char(3) default 'ab', vc varchar(5) default 'abc', n numeric(10,2) default -1, m int default -5, b bigint default 5000000000, bits bit(3) default b'101', j jsonb default '{"a": [1]}', neg numeric default -1.5, ts timestamp default now(), flag boolean default true not null, arr text[] default '{}');
create domain app.code as char(3) default 'xyz' not null constraint upper_only check (value = upper(value));
create table app.coded (c app.code default 'abc', d app.code);

-- Parentheses that say something.
create table shapes (a int, b int, c boolean, d text, p point,
  check ((a = 1 or b = 2) and (c or not (a > b))), check (- (a - b) > 0), check (a - (b - 1) > 0), check (a between 1 and (b + 2)),
  check ((a, b) is distinct from (1, 2)), check (p[0] > 1), check (a * (b + 1) > a * b + 1), check ((a > 0) = (b > 0)), check ((d is null) is not true),
  check ((d || 'x') like ('y' || '%')), check (not (c and (a > 0))), check (a in (1, 2, 3)), check (case when (a > 0) then (b > 0) else c end));
create view bracketed as select (s.a + s.b) * 2 as x, s.a - (s.b - s.a) as y, (s.c or s.a > 1) and s.b > 2 as z from shapes s left join (shapes t join taken u on t.a = u.a) on s.a = t.a where (s.a > 1 or s.b > 2) and not (s.c and s.b = 3) order by (s.a), s.b desc nulls last;
create view united as (select 1 as a union all select 2) intersect select 2 order by 1 limit 3;
create view recursed as with recursive t(n) as (values (1) union all select n + 1 from t where n < 5) select n, sum(n) over (partition by (n % 2) order by n rows between 1 preceding and current row) from t;

-- Privileges, owners, comments.
grant select, insert on orders to dump_a, "Dump B";
grant select (id) on egg to dump_a with grant option;
revoke execute on function weigh() from public;
grant usage on schema app to dump_a;
alter table hen owner to dump_a;
alter function weigh() owner to "Dump B";
comment on schema app is 'an app';
comment on column orders.id is 'id: with # colon';
comment on constraint hen_pkey on hen is 'key';
comment on index taken_d_idx is 'index';
comment on view hidden is 'view';
comment on column hidden.id is 'column of a view';
comment on domain app.code is 'a domain';
comment on constraint upper_only on domain app.code is 'a check';

-- Partitions with names of their own, triggers, rules, policies.
create table logs (id bigint, at date not null, note text, primary key (id, at)) partition by range (at);
create table logs_1 partition of logs for values from ('2024-01-01') to ('2025-01-01');
create table logs_2 partition of logs (note default 'n' not null, check (id > 0)) default partition by hash (id);
create table app.logs_3 partition of logs_2 for values with (modulus 1, remainder 0);
create unique index logs_1_special on logs_1 (at, id);
create unique index logs_special on logs (at, id);
create index on logs (note) where note is not null;
create function fire() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger t1 before insert or update of note on logs for each row when (new.note is not null and (new.id > 1 or new.id < -1)) execute function fire('a', 'b c', '1');
create trigger t2 after truncate on orders execute function fire();
create trigger t3 after update on orders referencing old table as old_rows new table as new_rows for each statement execute function fire();
create constraint trigger t4 after insert on orders deferrable initially deferred for each row execute function fire();
alter table orders disable trigger t2;
create rule r1 as on delete to orders where old.id > 5 do instead nothing;
alter table orders enable row level security;
create policy p1 on orders using (id > 0 or (id = 5 and id < 9));
create policy p2 on orders as restrictive for insert to dump_a with check (exists (select 1 from egg where egg.id = orders.id));
create statistics st (ndistinct) on a, b from shapes;
create unlogged table fast (id serial, v text) with (fillfactor = 70, autovacuum_enabled = off);
create table parent (a int not null, check (a > 0));
create table child (b int) inherits (parent);
alter table child alter a set default 3;
create materialized view mv as select id, count(*) as n from orders group by id;
create unique index on mv (id);
comment on column mv.n is 'how many';
alter table only taken alter b set statistics 50, alter a set storage plain;
alter table orders replica identity full;
alter table taken cluster on taken_d_idx;
alter table taken add constraint late check (a < 1000) not valid;

-- Two keys over the same columns, of which one CREATE TABLE makes one.
create table twice (a int, b int, primary key (a, b));
alter table twice add constraint twice_too unique (a, b), add constraint and_again unique (a, b);
create table twice_one (a int constraint twice_one_last primary key);
alter table twice_one add unique (a);

-- A child that has its parent's generated column of its own.
create table computed (a int, b int generated always as (a * 2) stored);
create table computed_child (a int, b int, c int) inherits (computed);

-- An operator class that an index takes without naming it.
create type graded as (n int);
create function graded_order(graded, graded) returns int language sql immutable as 'select ($1).n - ($2).n';
create function graded_less(graded, graded) returns bool language sql immutable as 'select ($1).n < ($2).n';
create operator < (leftarg = graded, rightarg = graded, function = graded_less);
create operator class graded_ops default for type graded using btree as operator 1 <, function 1 graded_order(graded, graded);
create table a_graded (g graded, h int);
create index a_graded_idx on a_graded (h, g);
