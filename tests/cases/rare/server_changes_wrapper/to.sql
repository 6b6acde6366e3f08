create foreign data wrapper one;
create foreign data wrapper two;
create server far foreign data wrapper two options (host 'a');
comment on server far is 'kept';
create user mapping for public server far options ("user" 'u');
grant usage on foreign server far to pg_monitor;
