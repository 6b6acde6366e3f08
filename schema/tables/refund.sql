create table refund (
    id bigint generated always as identity primary key,
    payment_id bigint not null references payment (id),
    amount money_amount not null,
    reason text not null,
    created_at timestamptz not null default now(),
    constraint refund_gives_something check (amount > 0)
);

create index refund_payment_idx on refund (payment_id);

create trigger refund_audit after insert or update or delete on refund
    for each row execute function audit.record();
