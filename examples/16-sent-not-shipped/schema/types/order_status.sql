-- The labels stand in the order in which an order passes through them.
create type order_status as enum (
    'new',
    'paid',
    'packed',
    -- schemaplan: renamed from 'shipped'
    -- schemaplan: keep-label
    'sent',
    'delivered',
    'cancelled'
);
comment on type order_status is 'Where an order stands';
