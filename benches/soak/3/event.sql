create table public.event (
    id bigint generated always as identity primary key,
    account integer not null,
    amount bigint not null default 0,
    -- schemaplan: renamed from label
    title text not null,
    channel text not null,
    created_at timestamptz not null default now(),
    constraint event_amount_not_negative check (amount >= 0)
);

create index event_account_idx on public.event (account);
create index event_amount_idx on public.event (amount);
create index event_title_idx on public.event (title);
