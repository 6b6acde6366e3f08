create table m (id int not null,
  -- schemaplan: renamed from v
  w text, check (w <> ''));
create view w as select w as v from m;
create policy p on m using (w > 'a');
create publication pub for table m;
