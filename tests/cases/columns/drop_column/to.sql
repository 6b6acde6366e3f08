create table person (id int primary key);
create table keyless (a int);
create table small (id bigint generated always as identity primary key);
