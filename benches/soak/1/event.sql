create table public.event (
    id bigint generated always as identity primary key,
    account integer not null,
    amount integer not null default 0,
    label text not null,
    -- schemaplan: backfill case when account % 2 = 0 then 'even' else 'odd' end
    channel text not null,
    created_at timestamptz not null default now(),
    constraint event_amount_not_negative check (amount >= 0)
);

create index event_account_idx on public.event (account);
create index event_amount_idx on public.event (amount);
create index event_label_idx on public.event (label);
