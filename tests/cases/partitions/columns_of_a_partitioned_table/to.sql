create table sale (id int, shop bigint not null default 1 check (shop > 0), day int,
    -- schemaplan: renamed from note
    remark varchar(20), mood text not null, primary key (id, day)) partition by range (day);
create table sale_1 partition of sale for values from (0) to (10);
create table sale_2 partition of sale for values from (10) to (30) partition by list (id);
create table sale_2_a partition of sale_2 for values in (11, 12);
create table sale_2_b partition of sale_2 default;
create view shops as select shop, count(*) from sale group by shop;
create table log (at int,
    -- schemaplan: using line::int
    -- schemaplan: reverse line::text
    line int) partition by hash (at);
create table log_0 partition of log for values with (modulus 2, remainder 0);
create table log_1 partition of log for values with (modulus 2, remainder 1);
