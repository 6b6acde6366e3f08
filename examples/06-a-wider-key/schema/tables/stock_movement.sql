create table stock_movement (
    id bigint generated always as identity primary key,
    warehouse_id integer not null,
    product_variant_id bigint not null,
    sales_order_id bigint,
    quantity integer not null,
    reason stock_reason not null,
    moved_at timestamptz not null default now(),
    foreign key (warehouse_id, product_variant_id) references inventory (warehouse_id, product_variant_id),
    constraint stock_movement_moves_something check (quantity <> 0)
);

create index stock_movement_place_idx on stock_movement (warehouse_id, product_variant_id, moved_at);
create index stock_movement_order_idx on stock_movement (sales_order_id) where sales_order_id is not null;

comment on table stock_movement is 'Every change of a quantity on a shelf: positive in, negative out';
