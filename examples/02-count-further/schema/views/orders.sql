create view reporting.order_total as
select
    o.id as sales_order_id,
    o.customer_id,
    o.status,
    o.currency,
    o.placed_at,
    coalesce(sum(line_total(i.quantity, i.unit_price, i.discount)), 0) as total
from sales_order as o
left join sales_order_item as i on i.sales_order_id = o.id
group by o.id;

create view reporting.open_order as
select
    t.sales_order_id,
    o.number,
    t.status,
    t.total,
    now() - t.placed_at as age,
    t.status = 'on_hold' as waits_for_customer
from reporting.order_total as t
join sales_order as o on o.id = t.sales_order_id
where t.status in ('new', 'paid', 'on_hold', 'packed');

create view reporting.customer_value as
select
    c.id as customer_id,
    c.email,
    c.full_name,
    count(t.sales_order_id) as orders,
    coalesce(sum(t.total), 0) as revenue,
    max(t.placed_at) as last_order_at
from customer as c
left join reporting.order_total as t on t.customer_id = c.id and t.status <> 'cancelled'
group by c.id;

create view reporting.best_customer as
select customer_id, full_name, revenue, rank() over (order by revenue desc) as place
from reporting.customer_value
where revenue > 0;

comment on view reporting.order_total is 'Orders with the sum of their lines';
comment on view reporting.open_order is 'Orders that somebody still has to do something about';
comment on view reporting.customer_value is 'What each customer has bought';
comment on column reporting.customer_value.revenue is 'Without cancelled orders; refunds are not taken off';
