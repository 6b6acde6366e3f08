create function note_status_change() returns trigger
language plpgsql
as $$
begin
    insert into sales_order_status_change (sales_order_id, old_status, new_status)
    values (new.id, old.status, new.status);
    return null;
end;
$$;
