create table p (id int primary key, x int, y int, unique (x, y));
create table c (id int primary key, x int, y int);
insert into p values (1, 2, 3); insert into c values (1, 2, 3);
