-- The table's primary key is taken to be `id`, which every audited table has.
create function audit.record() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
    insert into audit.entry (table_name, row_id, operation, changed_by, old_row, new_row)
    values (
        tg_table_schema || '.' || tg_table_name,
        case when tg_op = 'DELETE' then old.id else new.id end,
        tg_op,
        session_user,
        case when tg_op <> 'INSERT' then to_jsonb(old) end,
        case when tg_op <> 'DELETE' then to_jsonb(new) end
    );
    return null;
end;
$$;
comment on function audit.record() is 'Writes one row to audit.entry; an AFTER trigger on tables whose history matters';
