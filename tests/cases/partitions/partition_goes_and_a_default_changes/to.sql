create table docs (tenant int not null, body text, n int default 2) partition by list (tenant);
create table docs_1 partition of docs for values in (1);
