create table product (
    id bigint generated always as identity primary key,
    slug text not null unique,
    name text not null,
    description text not null default '',
    brand text,
    tags text[] not null default '{}',
    attributes jsonb not null default '{}',
    view_count bigint not null default 0,
    published_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    search tsvector generated always as (
        to_tsvector('english'::regconfig, name || ' ' || description)
    ) stored,
    constraint product_slug_shape check (slug ~ '^[a-z0-9-]+$'),
    constraint product_view_count_not_negative check (view_count >= 0)
);

create index product_search_idx on product using gin (search);
create index product_tags_idx on product using gin (tags);
create index product_brand_idx on product (lower(brand)) where brand is not null;
create index product_published_idx on product (published_at desc) include (name) where published_at is not null;
create index product_view_count_idx on product (view_count desc);

create trigger product_touch before update on product
    for each row execute function touch_updated_at();
create trigger product_audit after insert or update or delete on product
    for each row execute function audit.record();

comment on table product is 'What is on offer. What is sold is a variant of it';
comment on column product.attributes is 'What only some products have: material, wattage, number of pages';
comment on column product.view_count is 'Added up every few minutes from the web server''s log';
comment on column product.published_at is 'Null while the product is being prepared';
comment on column product.search is 'Kept by the server from name and description';
