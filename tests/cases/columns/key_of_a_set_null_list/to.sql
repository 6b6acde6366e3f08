create table p (tenant bigint, id bigint, primary key (tenant, id));
create table c (id int primary key, tenant bigint not null, "p id" bigint default 5, constraint c_fk foreign key (tenant, "p id") references p on update cascade on delete set default ("p id") deferrable);
