create table p (a bigint default 1, x text);
create table q (a bigint default 2, y text);
create table c (a bigint default 3, z int) inherits (p, q);
create index on c (a);
create view v as select a from p;
