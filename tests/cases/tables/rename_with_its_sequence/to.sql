-- schemaplan: renamed from a_id_seq
create sequence x_id_seq;
-- schemaplan: renamed from a
create table x (id int not null default nextval('x_id_seq'));
alter sequence x_id_seq owned by x.id;
