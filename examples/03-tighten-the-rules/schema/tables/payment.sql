create table payment (
    id bigint generated always as identity primary key,
    sales_order_id bigint not null references sales_order (id),
    method payment_method not null,
    status payment_status not null default 'pending',
    amount money_amount not null,
    provider text,
    provider_reference text,
    created_at timestamptz not null default now(),
    captured_at timestamptz,
    constraint payment_captured_has_a_time check (status <> 'captured' or captured_at is not null),
    constraint payment_provider_reference_key unique (provider, provider_reference)
);

create index payment_order_idx on payment (sales_order_id);
create index payment_pending_idx on payment (created_at) where status = 'pending';

create trigger payment_audit after insert or update or delete on payment
    for each row execute function audit.record();

comment on table payment is 'One attempt to pay; an order may need several';
comment on column payment.provider_reference is 'The provider''s own number for it';
