create table p (a int, b int);
create table c (z int) inherits (p);
create table q (a int);
create table d (b bigint, z int) inherits (q);
insert into c values (1, 2, 3);
insert into d values (1, 2, 3);
