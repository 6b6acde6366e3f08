create view reporting.stock_available as
select
    i.product_variant_id,
    sum(i.on_hand) as on_hand,
    sum(i.reserved) as reserved,
    sum(i.on_hand - i.reserved) as available,
    max(i.reorder_level) as reorder_level
from inventory as i
join warehouse as w on w.id = i.warehouse_id
where w.closed_on is null
group by i.product_variant_id;

create view reporting.stock_low as
select v.sku, v.title, s.available, s.reorder_level
from reporting.stock_available as s
join product_variant as v on v.id = s.product_variant_id
where s.available < s.reorder_level
  and not v.discontinued;

comment on view reporting.stock_available is 'Free pieces of each variant over all open warehouses';
comment on view reporting.stock_low is 'What to buy';
