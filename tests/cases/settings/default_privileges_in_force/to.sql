create schema s;
alter default privileges revoke execute on functions from public;
alter default privileges in schema s grant insert on tables to writer;
create function s.f() returns int language sql as 'select 1';
create table s.t (id int);
