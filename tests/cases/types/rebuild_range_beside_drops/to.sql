create type span as range (subtype = numeric);
create type state as enum ('b', 'a');
create table t (id int primary key, r span, s state);
