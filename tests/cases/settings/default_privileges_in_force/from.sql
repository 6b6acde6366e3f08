create schema s;
alter default privileges grant execute on functions to reader;
alter default privileges in schema s grant select on tables to reader;
create function s.gone() returns int language sql as 'select 1';
revoke execute on function s.gone() from reader;
create table s.old (id int);
