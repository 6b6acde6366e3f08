create table note (id bigint primary key, body text);
alter table note alter column body set storage external;
insert into note values (1, $$a$$);
