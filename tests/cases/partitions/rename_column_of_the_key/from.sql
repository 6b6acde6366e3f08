create table sale (id int, day int, note text) partition by range (day);
create table sale_1 partition of sale for values from (0) to (10);
create index sale_lower on sale (lower(day::text));
create index sale_day on sale (day) where day > 1;
create index sale_note on sale (note) include (day);
insert into sale select n, n % 10, 'x' || n from generate_series(1, 200) as n;
