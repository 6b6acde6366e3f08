create table sale (id int, day int not null,
    -- schemaplan: renamed from note
    remark text, primary key (id, day)) partition by range (day);
create table sale_1 partition of sale for values from (0) to (100);
create table bill (id int, day int not null,
    -- schemaplan: renamed from note
    remark text, primary key (id, day));
create index on bill (lower(remark));
create view v as select remark as note from bill;
