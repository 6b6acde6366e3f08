create table sale (id int, shop bigint not null, day int,
    -- schemaplan: renamed from note
    remark varchar(20), primary key (id, day)) partition by range (day);
create table sale_1 partition of sale for values from (0) to (10);
create table sale_2 partition of sale for values from (10) to (30) partition by list (id);
create table sale_2_a partition of sale_2 for values in (11, 12);
create table sale_2_b partition of sale_2 default;
create index sale_shop on sale (shop, id) where shop > 1;
create unique index sale_once on sale (id, shop, day);
create index sale_note on sale (lower(remark));
create index sale_fresh on sale (remark);
comment on index sale_shop is 'by shop';
