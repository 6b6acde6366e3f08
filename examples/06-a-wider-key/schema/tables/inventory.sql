-- Rows change all day and never grow: room on the page keeps updates from
-- touching the indexes.
create table inventory (
    warehouse_id integer not null references warehouse (id),
    product_variant_id bigint not null references product_variant (id),
    on_hand integer not null default 0,
    reserved integer not null default 0,
    reorder_level integer,
    primary key (warehouse_id, product_variant_id),
    constraint inventory_on_hand_not_negative check (on_hand >= 0),
    constraint inventory_reserved_within_on_hand check (reserved between 0 and on_hand)
) with (fillfactor = 80);

create index inventory_variant_idx on inventory (product_variant_id) include (on_hand, reserved);

comment on table inventory is 'How many pieces lie where';
comment on column inventory.reorder_level is 'Below this many free pieces the buyer is told; null for what is not bought again';
