create table p (a int, b bigint, constraint k check (a > 0));
create table c (b bigint, z int, constraint k check (a > 0)) inherits (p);
create table q (a int);
create table r (b int);
create table d (z int) inherits (r, q);
