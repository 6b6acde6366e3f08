create table cart (
    id uuid primary key default gen_random_uuid(),
    customer_id bigint references customer (id) on delete cascade,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);

create index cart_customer_idx on cart (customer_id) where customer_id is not null;
create index cart_updated_at_idx on cart (updated_at);

create trigger cart_touch before update on cart
    for each row execute function touch_updated_at();

create table cart_item (
    cart_id uuid not null references cart (id) on delete cascade,
    product_variant_id bigint not null references product_variant (id) on delete cascade,
    quantity integer not null default 1,
    primary key (cart_id, product_variant_id),
    constraint cart_item_quantity_positive check (quantity > 0)
);

create index cart_item_variant_idx on cart_item (product_variant_id);

comment on table cart is 'The id is in the visitor''s cookie; a cart has a customer from the login on';
