create table category (
    id bigint generated always as identity primary key,
    parent_id bigint references category (id) on delete restrict,
    slug text not null unique,
    name text not null,
    position integer not null default 0,
    constraint category_is_not_its_own_parent check (parent_id <> id),
    constraint category_slug_shape check (slug ~ '^[a-z0-9-]+$'),
    -- Deferred, so that two neighbours can change places in one transaction.
    constraint category_position_key unique (parent_id, position) deferrable initially deferred
);

comment on table category is 'A tree: a category without a parent is a root';
comment on column category.position is 'Order among the categories of one parent';
