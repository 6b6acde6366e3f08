create table sale (id int, shop int, day int) partition by range (day);
create table sale_1 partition of sale for values from (0) to (10);
create table sale_2 partition of sale for values from (10) to (30) partition by list (shop);
create table sale_2_a partition of sale_2 for values in (1, 2);
insert into sale select n, 1, n % 10 from generate_series(1, 3000) as n;
insert into sale select n, 1, 10 + n % 20 from generate_series(1, 9000) as n;
