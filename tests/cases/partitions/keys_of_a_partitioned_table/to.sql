create table sale (id int not null, shop int not null, day int, primary key (id, shop, day), constraint once unique (day, shop, id)) partition by range (day);
create table sale_1 partition of sale for values from (0) to (10);
create table sale_2 partition of sale for values from (10) to (30) partition by list (shop);
create table sale_2_a partition of sale_2 for values in (1, 2);
create table sale_2_b partition of sale_2 default;
create table sale_3 partition of sale for values from (30) to (40);
