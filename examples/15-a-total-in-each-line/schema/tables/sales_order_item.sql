create table sales_order_item (
    sales_order_id bigint not null references sales_order (id) on delete cascade,
    line_no smallint not null,
    product_variant_id bigint not null references product_variant (id),
    quantity integer not null,
    unit_price money_amount not null,
    discount numeric(4, 3),
    -- schemaplan: emulate-generated
    total numeric not null generated always as (round(quantity * unit_price * (1 - coalesce(discount, 0)), 2)) stored,
    primary key (sales_order_id, line_no),
    constraint sales_order_item_quantity_positive check (quantity > 0),
    constraint sales_order_item_discount_is_a_share check (discount between 0 and 1)
);

create index sales_order_item_variant_idx on sales_order_item (product_variant_id);

comment on column sales_order_item.unit_price is 'The price at the time of the order, before the discount';
