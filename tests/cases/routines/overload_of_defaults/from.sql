create function me() returns text language sql stable as 'select current_user::text';
create function pick(a integer, b text default 'x') returns integer language sql immutable as 'select a';
create function other(a integer) returns integer language sql immutable as 'select a';
create table t (id int primary key, owner text default me(), n integer check (pick(n) > 0));
create policy mine on t using (owner = me());
create view v as select me() as m, pick(1) as p;
insert into t values (1, 'a', 2);
