-- needs 15
create access method other type table handler heap_tableam_handler;
create table one (id bigint primary key, note text);
create table two (id bigint primary key, note text) using other;
