create table coupon (
    id bigint generated always as identity primary key,
    code text collate "C" not null unique,
    discount numeric(4, 3) not null,
    valid_during daterange not null default daterange(current_date, null),
    max_uses integer,
    constraint coupon_code_upper_case check (code = upper(code)),
    constraint coupon_discount_is_a_share check (discount > 0 and discount <= 1),
    constraint coupon_max_uses_positive check (max_uses > 0)
);

create table coupon_use (
    coupon_id bigint not null references coupon (id),
    sales_order_id bigint not null unique references sales_order (id) on delete cascade,
    used_at timestamptz not null default now(),
    primary key (coupon_id, sales_order_id)
);

comment on column coupon.discount is 'A share: 0.150 takes fifteen per cent off';
comment on column coupon.max_uses is 'Null for any number';
comment on table coupon_use is 'One coupon for an order, at most';
