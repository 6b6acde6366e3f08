create table review (
    id bigint generated always as identity primary key,
    product_id bigint not null references product (id) on delete cascade,
    customer_id bigint references customer (id) on delete set null,
    -- schemaplan: using stars::numeric(2, 1)
    -- schemaplan: reverse round(stars)::smallint
    stars numeric(2, 1) not null,
    title text not null,
    body text,
    hidden boolean not null default false,
    created_at timestamptz not null default now(),
    unique (product_id, customer_id)
);

create index review_customer_idx on review (customer_id);
create index review_shown_idx on review (product_id, created_at desc) where not hidden;

comment on table review is 'One review of a product by a customer';
comment on column review.hidden is 'Set by the people who look after reviews';
