create table p (id int, a bigint default 1, b bigint) partition by list (id);
create table p1 partition of p for values in (1);
alter table p1 alter a set default 2;
create table p2 partition of p for values in (2);
alter table p2 alter b set default 7;
create table i (a bigint default 5);
create table j (b int) inherits (i);
alter table j alter a drop default;
