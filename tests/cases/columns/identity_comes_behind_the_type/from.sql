create table n (id int primary key, parent int references n, path text);
create table m (n int references n on delete cascade);
insert into n values (1, null, 'x'), (2, 1, 'y');
insert into m values (2);
