create type kind as enum ('a', 'b');
create table ev (id bigint, k kind default 'a', at date not null) partition by range (at);
create table ev_2024 partition of ev for values from ('2024-01-01') to ('2025-01-01');
