create table p (id int primary key, x int, y int, unique (y, x));
create table c (id int primary key, x int, y int, foreign key (x, y) references p (x, y));
create table d (id int primary key, x int, y int, foreign key (x, y) references p (x, y));
