create table sales_order (
    id bigint generated always as identity primary key,
    token uuid not null default gen_random_uuid(),
    number text not null default next_order_number() unique,
    customer_id bigint references customer (id) on delete set null,
    email email not null,
    status order_status not null default 'new',
    currency currency_code not null default 'EUR',
    ship_to jsonb not null,
    note text,
    placed_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint sales_order_ship_to_is_an_object check (jsonb_typeof(ship_to) = 'object')
);

create index sales_order_customer_idx on sales_order (customer_id);
create index sales_order_open_idx on sales_order (placed_at)
    where status in ('new', 'paid', 'packed');

create trigger sales_order_touch before update on sales_order
    for each row execute function touch_updated_at();
create trigger sales_order_status after update of status on sales_order
    for each row when (old.status is distinct from new.status)
    execute function note_status_change();
create trigger sales_order_audit after insert or update or delete on sales_order
    for each row execute function audit.record();

comment on table sales_order is 'An order, from the moment it is placed';
comment on column sales_order.number is 'What the customer sees and quotes';
comment on column sales_order.ship_to is 'The address as it was when the order was placed';
comment on column sales_order.note is 'Left by the customer at the checkout';
