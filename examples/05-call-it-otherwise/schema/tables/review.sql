-- schemaplan: renamed from review
create table product_review (
    id bigint generated always as identity primary key,
    product_id bigint not null references product (id) on delete cascade,
    customer_id bigint references customer (id) on delete set null,
    stars smallint not null,
    title text not null,
    body text,
    hidden boolean not null default false,
    created_at timestamptz not null default now(),
    unique (product_id, customer_id)
);

create index review_customer_idx on product_review (customer_id);
create index review_shown_idx on product_review (product_id, created_at desc) where not hidden;

comment on table product_review is 'One review of a product by a customer';
comment on column product_review.hidden is 'Set by the people who look after reviews';
