create function f() returns trigger language plpgsql as $$begin return new; end$$;
create table m (id int not null, at date not null,
  -- schemaplan: renamed from v
  w text) partition by range (at);
create table m_1 partition of m for values from ('2020-01-01') to ('2021-01-01');
create table m_2 partition of m for values from ('2021-01-01') to ('2022-01-01');
create index m_1_v on m_1 (w);
alter table m_1 add constraint short check (length(w) < 100);
create trigger g before update of w on m_1 for each row when (new.w is distinct from old.w) execute function f();
alter table m_2 enable row level security;
create policy p on m_2 using (w <> 'secret');
create view w as select id, w as v from m_1;
