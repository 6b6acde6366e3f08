create table sale (id int not null, shop int, day int) partition by range (day);
create table sale_1 partition of sale for values from (0) to (10);
create table sale_2 partition of sale for values from (10) to (30) partition by list (shop);
create table sale_2_a partition of sale_2 for values in (1, 2);
create table sale_2_b partition of sale_2 default;
insert into sale select n, n, n % 30 from generate_series(1, 300) as n;
