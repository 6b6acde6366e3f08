create table item (id int primary key, code text, constraint item_code_key unique (code));
create table mention (item text references item (code) on update cascade, at int);
insert into item select n, n::text from generate_series(1, 30) as n;
insert into mention select 1 + n % 30, n from generate_series(1, 30) as n;
