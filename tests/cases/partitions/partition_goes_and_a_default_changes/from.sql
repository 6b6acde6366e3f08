create table docs (tenant int not null, body text not null default '', n int default 1) partition by list (tenant);
create table docs_1 partition of docs for values in (1);
create table docs_2 partition of docs for values in (2, 3);
insert into docs values (1, 'x');
