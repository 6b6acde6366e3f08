create table event (at date not null, what text) partition by range (at);
create table event_24 partition of event for values from ('2024-01-01') to ('2025-01-01');
create table event_25 partition of event for values from ('2025-01-01') to ('2026-01-01');
create table event_26 partition of event for values from ('2026-01-01') to ('2027-01-01');
create index event_at on event (at);
create index event_what on event (what);
alter table event_24 cluster on event_24_what_idx;
alter table event_26 cluster on event_26_at_idx;
