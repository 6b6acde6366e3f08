create function category_path(leaf bigint) returns text
language sql
stable
as $$
    with recursive upwards as (
        select c.id, c.parent_id, c.name, 1 as height
        from category as c
        where c.id = leaf
        union all
        select c.id, c.parent_id, c.name, u.height + 1
        from upwards as u
        join category as c on c.id = u.parent_id
    )
    select string_agg(name, ' / ' order by height desc) from upwards
$$;
comment on function category_path(bigint) is 'The names from the root down to a category: Clothes / Shirts / Linen';
