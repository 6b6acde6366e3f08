create table price (
    id bigint generated always as identity primary key,
    product_variant_id bigint not null references product_variant (id) on delete cascade,
    amount money_amount not null,
    currency currency_code not null default 'EUR',
    valid_during tstzrange not null,
    constraint price_period_not_empty check (not isempty(valid_during)),
    -- One price at a time for a variant. The variant is written as a range of
    -- one number, because gist compares plain numbers only with an extension.
    constraint price_one_at_a_time exclude using gist (
        int8range(product_variant_id, product_variant_id, '[]') with &&,
        valid_during with &&
    )
);

create index price_variant_idx on price (product_variant_id);

comment on table price is 'List prices and their periods; a price is ended, never changed';
