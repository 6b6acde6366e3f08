create table product_category (
    product_id bigint not null references product (id) on delete cascade,
    category_id bigint not null references category (id) on delete cascade,
    primary key (product_id, category_id)
);

create index product_category_category_idx on product_category (category_id);

comment on table product_category is 'A product stands in as many categories as it likes';
