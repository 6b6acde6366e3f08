-- Not owned by a column: the numbers go on when the table is rebuilt.
create sequence order_number_seq as bigint start with 10001;
comment on sequence order_number_seq is 'Runs through all years; gaps are expected';

create function next_order_number() returns text
language sql
volatile
as $$
    select 'S' || to_char(now(), 'YYYY') || '-' || lpad(nextval('order_number_seq')::text, 8, '0')
$$;
comment on function next_order_number() is 'The number a customer sees, such as S2026-00010001';
