create view reporting.product_popularity as
select
    p.id as product_id,
    p.name,
    p.view_count,
    count(r.id) as reviews,
    round(avg(r.stars), 2) as stars
from product as p
left join product_review as r on r.product_id = p.id and not r.hidden
group by p.id;

create view reporting.product_hit as
select product_id, name, view_count, stars
from reporting.product_popularity
where view_count > 10000 or stars >= 4.5;

comment on view reporting.product_popularity is 'How often a product is looked at, and what is said about it';
comment on view reporting.product_hit is 'Candidates for the front page';
