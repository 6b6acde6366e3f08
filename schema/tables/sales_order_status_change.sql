create table sales_order_status_change (
    id bigint generated always as identity primary key,
    sales_order_id bigint not null references sales_order (id) on delete cascade,
    old_status order_status not null,
    new_status order_status not null,
    changed_at timestamptz not null default now()
);

create index sales_order_status_change_order_idx on sales_order_status_change (sales_order_id, changed_at);

comment on table sales_order_status_change is 'Filled by a trigger on sales_order';
