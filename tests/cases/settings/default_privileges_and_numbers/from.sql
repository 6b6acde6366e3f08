create table w (id int generated always as identity, a int);
create table u (a int);
create table v (a int);
alter default privileges grant all on sequences to rr;
alter default privileges grant select on tables to rr;
