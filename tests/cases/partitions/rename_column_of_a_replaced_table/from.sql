create table sale (id int, day int not null, note text, primary key (id, day));
insert into sale select n, n % 10, 'x' || n from generate_series(1, 50) as n;
create table bill (id int, day int not null, note text, primary key (id, day)) partition by range (day);
create table bill_1 partition of bill for values from (0) to (100);
create index on bill (lower(note));
create view v as select note from bill;
insert into bill select n, n % 10, 'x' || n from generate_series(1, 50) as n;
