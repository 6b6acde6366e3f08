-- The labels stand in the order in which an order passes through them.
create type order_status as enum (
    'new',
    'paid',
    'on_hold',
    'packed',
    'shipped',
    'delivered',
    'cancelled'
);
comment on type order_status is 'Where an order stands';
