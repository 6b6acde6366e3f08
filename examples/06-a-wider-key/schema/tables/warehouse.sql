create table warehouse (
    id integer generated always as identity primary key,
    code text collate "C" not null unique,
    name text not null,
    country country_code not null,
    opened_on date not null,
    closed_on date,
    constraint warehouse_closed_after_opened check (closed_on > opened_on)
);
