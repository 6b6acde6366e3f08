create function reserve_stock(variant bigint, wanted integer) returns bigint
language plpgsql
as $$
declare
    chosen bigint;
begin
    if wanted <= 0 then
        raise exception 'cannot reserve % pieces', wanted;
    end if;

    select i.warehouse_id into chosen
    from inventory as i
    where i.product_variant_id = variant
      and i.on_hand - i.reserved >= wanted
    order by i.on_hand - i.reserved desc
    limit 1
    for update;

    if chosen is null then
        return null;
    end if;

    update inventory
    set reserved = reserved + wanted
    where warehouse_id = chosen
      and product_variant_id = variant;

    return chosen;
end;
$$;
comment on function reserve_stock(bigint, integer) is 'Reserves pieces in the warehouse that has most of them and returns its id, or null when none has enough';
