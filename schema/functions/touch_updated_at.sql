create function touch_updated_at() returns trigger
language plpgsql
as $$
begin
    new.updated_at := now();
    return new;
end;
$$;
comment on function touch_updated_at() is 'Keeps updated_at; a BEFORE UPDATE trigger on every table that has the column';
