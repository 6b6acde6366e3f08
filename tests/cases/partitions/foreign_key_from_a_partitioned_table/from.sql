create table shop (id int primary key);
create table sale (id int, shop int, day int) partition by range (day);
create table sale_1 partition of sale for values from (0) to (10);
create table sale_2 partition of sale for values from (10) to (30) partition by list (shop);
create table sale_2_a partition of sale_2 for values in (1, 2);
create table sale_2_b partition of sale_2 default;
insert into shop values (1), (2), (3);
insert into sale values (1, 1, 1), (2, 2, 11), (3, 3, 12), (4, null, 13);
