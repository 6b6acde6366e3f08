create domain word as text check (value <> '');
create domain name as word;
create table t (
  id int primary key,
  b word[],
  -- schemaplan: reverse c::public.names
  c text[] default '{}'
);
