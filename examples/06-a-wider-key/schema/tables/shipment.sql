create table shipment (
    id bigint generated always as identity primary key,
    sales_order_id bigint not null references sales_order (id),
    warehouse_id integer not null references warehouse (id),
    carrier text not null,
    tracking_code text,
    outer_size parcel_size,
    shipped_at timestamptz,
    delivered_at timestamptz,
    constraint shipment_delivered_after_shipped check (delivered_at >= shipped_at)
);

create index shipment_order_idx on shipment (sales_order_id);
create index shipment_warehouse_idx on shipment (warehouse_id);
create unique index shipment_tracking_key on shipment (carrier, tracking_code) where tracking_code is not null;

comment on table shipment is 'One parcel; an order may take several';
