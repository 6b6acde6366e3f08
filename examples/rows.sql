-- A few thousand rows for a database that has the schema of schema/, before
-- any of the examples. Run it with psql to see how long the steps of a plan
-- take on tables that are not empty.
begin;

insert into category (parent_id, slug, name, position) values
    (null, 'clothes', 'Clothes', 1),
    (null, 'books', 'Books', 2);
insert into category (parent_id, slug, name, position)
select c.id, 'shirts', 'Shirts', 1 from category as c where c.slug = 'clothes';

insert into warehouse (code, name, country, opened_on) values
    ('HAM', 'Hamburg', 'DE', '2019-04-01'),
    ('LYS', 'Lyon', 'FR', '2022-09-01');

insert into customer (email, full_name, phone, fax, newsletter)
select
    'customer' || n || '@shop.example',
    (array['Ada', 'Blaise', 'Chiara', 'Dmitri', 'Edith'])[n % 5 + 1] || ' No. ' || n,
    '+49 40 ' || 100000 + n,
    case when n % 10 = 0 then '+49 40 ' || 900000 + n end,
    n % 3 = 0
from generate_series(1, 5000) as n;

insert into address (customer_id, recipient, street, postal_code, city, country)
select id, full_name, 'Long Street ' || id % 200, lpad((id % 90000)::text, 5, '0'), 'Hamburg', 'DE'
from customer;
update customer as c set default_address_id = a.id from address as a where a.customer_id = c.id and c.id % 2 = 0;

insert into product (slug, name, description, brand, view_count, published_at)
select 'product-' || n, 'Product ' || n, 'A very good thing, number ' || n, 'Brand ' || n % 7, n * 37, now() - interval '1 day'
from generate_series(1, 500) as n;
insert into product_category (product_id, category_id)
select p.id, c.id from product as p join category as c on c.id = p.id % 3 + 1;
insert into product_variant (product_id, sku, title, weight_grams, outer_size)
select p.id, 'SKU-' || p.id || '-' || size, size, 250, row(300, 200, 40)::parcel_size
from product as p, unnest(array['S', 'M', 'L']) as size;
insert into price (product_variant_id, amount, valid_during)
select id, 9.99 + id % 50, tstzrange(now() - interval '1 year', null) from product_variant;
insert into inventory (warehouse_id, product_variant_id, on_hand, reorder_level)
select w.id, v.id, 100, 20 from warehouse as w, product_variant as v;

insert into sales_order (customer_id, email, ship_to, status, placed_at)
select
    case when n % 4 <> 0 then n % 5000 + 1 end,
    'customer' || n % 5000 + 1 || '@shop.example',
    jsonb_build_object('city', 'Hamburg', 'country', 'DE'),
    (array['new', 'paid', 'shipped', 'delivered', 'delivered', 'cancelled'])[n % 6 + 1]::order_status,
    now() - n * interval '7 minutes'
from generate_series(1, 20000) as n;
insert into sales_order_item (sales_order_id, line_no, product_variant_id, quantity, unit_price)
select o.id, line, (o.id * line) % 1500 + 1, line, 9.99 + o.id % 50
from sales_order as o, generate_series(1, 2) as line;
insert into payment (sales_order_id, method, status, amount, provider, provider_reference, captured_at)
select id, 'card', 'captured', 49.90, 'acquirer', 'ref-' || id, placed_at
from sales_order where status in ('paid', 'shipped', 'delivered');
insert into shipment (sales_order_id, warehouse_id, carrier, tracking_code, shipped_at)
select id, 1, 'post', 'T' || id, placed_at + interval '1 day'
from sales_order where status in ('shipped', 'delivered');
insert into stock_movement (warehouse_id, product_variant_id, sales_order_id, quantity, reason)
select 1, i.product_variant_id, i.sales_order_id, -i.quantity, 'sale'
from sales_order_item as i join sales_order as o on o.id = i.sales_order_id
where o.status in ('shipped', 'delivered');
insert into review (product_id, customer_id, stars, title)
select n % 500 + 1, n, n % 5 + 1, 'Review ' || n from generate_series(1, 2000) as n;

commit;

analyze;
refresh materialized view reporting.daily_sales;
