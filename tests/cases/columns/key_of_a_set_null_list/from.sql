-- needs 15
create table p (tenant int, id int, primary key (tenant, id));
create table c (id int primary key, tenant int not null, "p id" int, constraint c_fk foreign key (tenant, "p id") references p on delete set null ("p id") deferrable initially deferred);
insert into p values (1, 2); insert into c values (1, 1, 2), (2, 1, null);
