create function f() returns trigger language plpgsql as $$begin return new; end$$;
create table m (id int not null,
  -- schemaplan: renamed from v
  name text, primary key (id));
create table k (x int, check (name <> 'k')) inherits (m);
create table k2 (y int) inherits (k);
create index k_v on k (name);
create trigger g before update of name on k2 for each row when (new.name is distinct from old.name) execute function f();
create view w as select id, name as v, x from k;
create view w2 as select id, name from m;
comment on column k.name is 'of k';
