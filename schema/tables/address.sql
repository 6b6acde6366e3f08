create table address (
    id bigint generated always as identity primary key,
    customer_id bigint not null references customer (id) on delete cascade,
    recipient text not null,
    street text not null,
    postal_code text not null,
    city text not null,
    country country_code not null,
    created_at timestamptz not null default now()
);

create index address_customer_idx on address (customer_id);
create index address_place_idx on address (country, postal_code);

-- The storefront sets shop.customer_id after it has logged somebody in.
-- The owner of the table is not held by the policy.
alter table address enable row level security;
create policy address_of_the_customer on address
    using (customer_id = nullif(current_setting('shop.customer_id', true), '')::bigint)
    with check (customer_id = nullif(current_setting('shop.customer_id', true), '')::bigint);

comment on table address is 'Addresses of customers. What an order was sent to is kept in the order itself';
comment on policy address_of_the_customer on address is 'A customer sees and changes his own addresses only';
