create sequence stock_movement_id_seq;

create table stock_movement (
    id bigint not null default nextval('stock_movement_id_seq'),
    warehouse_id smallint not null,
    product_variant_id bigint not null,
    sales_order_id bigint,
    quantity integer not null,
    reason stock_reason not null,
    moved_at timestamptz not null default now(),
    primary key (id, moved_at),
    foreign key (warehouse_id, product_variant_id) references inventory (warehouse_id, product_variant_id),
    constraint stock_movement_moves_something check (quantity <> 0)
) partition by range (moved_at);

alter sequence stock_movement_id_seq owned by stock_movement.id;

create table stock_movement_old partition of stock_movement
    for values from (minvalue) to ('2026-01-01 00:00:00+00');
create table stock_movement_2026 partition of stock_movement
    for values from ('2026-01-01 00:00:00+00') to ('2027-01-01 00:00:00+00');
create table stock_movement_2027 partition of stock_movement
    for values from ('2027-01-01 00:00:00+00') to ('2028-01-01 00:00:00+00');

create index stock_movement_place_idx on stock_movement (warehouse_id, product_variant_id, moved_at);
create index stock_movement_order_idx on stock_movement (sales_order_id) where sales_order_id is not null;

comment on table stock_movement is 'Every change of a quantity on a shelf: positive in, negative out';
