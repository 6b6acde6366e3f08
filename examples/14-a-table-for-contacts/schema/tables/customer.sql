create table customer (
    id bigint generated always as identity primary key,
    email email not null,
    full_name text not null,
    birthday date,
    newsletter boolean not null default false,
    default_address_id bigint,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint customer_full_name_not_blank check (full_name <> ''),
    constraint customer_birthday_plausible check (birthday >= date '1900-01-01')
);

-- A customer has addresses and one of them is the default: the two tables
-- refer to each other, so this key is added once both are there.
alter table customer
    add constraint customer_default_address_fkey
    foreign key (default_address_id) references address (id) on delete set null;

create unique index customer_email_key on customer (lower(email));
create index customer_newsletter_idx on customer (created_at) where newsletter;
create index customer_default_address_idx on customer (default_address_id);

create trigger customer_touch before update on customer
    for each row execute function touch_updated_at();
create trigger customer_audit after insert or update or delete on customer
    for each row execute function audit.record();

comment on table customer is 'Everyone who has an account; guests order without a row here';
comment on column customer.email is 'Unique whatever its case';
comment on column customer.default_address_id is 'Where parcels go when nothing else is chosen';
