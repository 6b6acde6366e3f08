create sequence a_id_seq; create table a (id int not null default nextval('a_id_seq')); alter sequence a_id_seq owned by a.id;
insert into a (id) values (default), (default);
