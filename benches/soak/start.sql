-- The table under change, and beside it what every row of it should hold. The
-- transactions of code.sql write to both, so the comparison at the end does not
-- rest on anything that schemaplan did.
create table public.event (
    id bigint generated always as identity primary key,
    account integer not null,
    amount integer not null default 0,
    label text not null,
    created_at timestamptz not null default now(),
    constraint event_amount_not_negative check (amount >= 0)
);

insert into public.event (account, amount, label)
select n % 100000, n % 1000000, 'made ' || n
from generate_series(1, :rows) as n;

create index event_account_idx on public.event (account);
create index event_amount_idx on public.event (amount);
create index event_label_idx on public.event (label);

create schema soak;
create table soak.expected (
    id bigint primary key,
    amount bigint not null,
    label text not null,
    channel text not null
);
insert into soak.expected
select id, amount, label, case when account % 2 = 0 then 'even' else 'odd' end
from public.event;

-- Which code is deployed: `generation` on `new_share` of a hundred clients, the
-- one before it on the others. `wide`: amounts beyond integer may be written.
create table soak.control (
    generation integer not null,
    new_share integer not null,
    wide integer not null,
    stop integer not null
);
insert into soak.control values (0, 100, 0, 0);

vacuum analyze;
checkpoint;
