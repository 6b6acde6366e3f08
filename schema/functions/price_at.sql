create function price_at(variant bigint, moment timestamptz default now()) returns numeric
language sql
stable
as $$
    select p.amount
    from price as p
    where p.product_variant_id = variant
      and p.valid_during @> moment
$$;
comment on function price_at(bigint, timestamptz) is 'The list price of a variant at a moment, or null when it was not on sale';
