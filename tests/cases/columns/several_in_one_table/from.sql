create table item (id int primary key, amount int not null, label text not null, note text);
create index item_amount_label_idx on item (amount, label);
insert into item select n, n * 2, 'l' || n, nullif('n' || n % 3, 'n0') from generate_series(1, 60) as n;
