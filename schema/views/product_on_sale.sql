create view product_on_sale as
select
    p.id as product_id,
    v.id as product_variant_id,
    p.slug,
    p.name,
    v.title as variant,
    v.sku,
    price_at(v.id) as amount
from product as p
join product_variant as v on v.product_id = p.id
where p.published_at <= now()
  and not v.discontinued;

comment on view product_on_sale is 'What the storefront lists';
