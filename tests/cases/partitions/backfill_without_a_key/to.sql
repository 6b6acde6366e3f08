create table sale (id int, shop int, day int,
    -- schemaplan: backfill id + 1
    next int not null,
    token uuid not null default gen_random_uuid()
) partition by range (day);
create table sale_1 partition of sale for values from (0) to (10);
create table sale_2 partition of sale for values from (10) to (30) partition by list (shop);
create table sale_2_a partition of sale_2 for values in (1, 2);
