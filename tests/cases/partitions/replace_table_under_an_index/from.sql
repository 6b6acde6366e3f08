create table m (a int not null, b date not null, c text) partition by list (a);
create table m2 partition of m for values in (2) partition by hash (c);
create table m2a partition of m2 for values with (modulus 1, remainder 0);
create index mi on m (c);
insert into m values (2, '2024-01-01', 'x');
