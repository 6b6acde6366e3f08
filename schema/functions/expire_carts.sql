create procedure expire_carts(older_than interval default interval '30 days')
language plpgsql
as $$
begin
    delete from cart
    where updated_at < now() - older_than;
end;
$$;
comment on procedure expire_carts(interval) is 'Called once a night';
