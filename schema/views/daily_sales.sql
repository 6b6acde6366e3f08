create materialized view reporting.daily_sales as
select
    (t.placed_at at time zone 'UTC')::date as day,
    t.currency,
    count(*) as orders,
    sum(t.total) as revenue
from reporting.order_total as t
where t.status <> 'cancelled'
group by 1, 2;

-- REFRESH MATERIALIZED VIEW CONCURRENTLY needs a unique index.
create unique index daily_sales_key on reporting.daily_sales (day, currency);

comment on materialized view reporting.daily_sales is 'Refreshed every hour';
