-- needs 17
create access method other type table handler heap_tableam_handler;
create table event (at date not null) partition by range (at);
create table event_24 partition of event for values from ('2024-01-01') to ('2025-01-01');
create table later (at date not null) partition by range (at) using other;
