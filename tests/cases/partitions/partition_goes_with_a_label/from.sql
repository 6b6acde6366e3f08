create type kind as enum ('a', 'b', 'c');
create table ev (id bigint, k kind default 'c', at date not null) partition by range (at);
create table ev_2024 partition of ev for values from ('2024-01-01') to ('2025-01-01');
create table ev_2025 partition of ev for values from ('2025-01-01') to ('2026-01-01');
insert into ev (id, at) values (1, '2025-03-03');
delete from ev;
insert into ev values (1, 'a', '2024-03-03');
