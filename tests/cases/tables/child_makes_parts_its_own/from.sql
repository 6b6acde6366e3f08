create table p (a int, b int, constraint k check (a > 0));
create table c (z int) inherits (p);
create table q (a int);
create table r (b int);
create table d (z int) inherits (q, r);
insert into c values (1, 2, 3);
