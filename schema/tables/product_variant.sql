create table product_variant (
    id bigint generated always as identity primary key,
    product_id bigint not null references product (id) on delete cascade,
    sku text collate "C" not null unique,
    title text not null,
    weight_grams integer,
    outer_size parcel_size,
    discontinued boolean not null default false,
    updated_at timestamptz not null default now(),
    constraint product_variant_weight_positive check (weight_grams > 0)
);

create index product_variant_product_idx on product_variant (product_id) include (sku, title);

create trigger product_variant_touch before update on product_variant
    for each row execute function touch_updated_at();

comment on table product_variant is 'A product in one size, colour or binding: the thing on the shelf';
comment on column product_variant.sku is 'Stock keeping unit, printed on the box';
