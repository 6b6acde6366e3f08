create table p (a int default 1, x text);
create table q (a int default 2, y text);
create table c (a int default 3, z int) inherits (p, q);
create index on c (a);
create view v as select a from p;
insert into c (x, y, z) values ('x', 'y', 1);
insert into p (a) values (7);
