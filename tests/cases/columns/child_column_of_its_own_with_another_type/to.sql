create table p (a int);
create table c (b bigint, z int) inherits (p);
create table q (a int, b int);
create table d (z int) inherits (q);
