create table item (
    id int primary key,
    amount bigint not null default 7,
    price int,
    constraint item_amount_check check (amount >= 0)
);
create index item_amount_idx on item (amount desc) include (price);
create index item_sum_idx on item ((amount + 1)) where amount > 3;
create view item_amount as select id, amount from item;
create view item_total as select sum(amount) as total from item_amount;
comment on view item_amount is 'what there is';
