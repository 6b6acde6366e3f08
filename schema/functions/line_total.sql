create function line_total(quantity integer, unit_price numeric, discount numeric) returns numeric
language sql
immutable
parallel safe
return round(quantity * unit_price * (1 - coalesce(discount, 0)), 2);

comment on function line_total(integer, numeric, numeric) is 'What one order line costs; discount is a share, 0.10 for ten per cent';
