create table r (id int primary key);
create table m (id int not null references r, at date not null, v text, constraint u unique (id, at, v)) partition by range (at);
create table m_2 partition of m for values from ('2021-01-01') to ('2022-01-01') partition by list (v);
create table m_2_a partition of m_2 for values in ('x');
create index m_v on m (at, v);
create unique index m_w on m (at, v, id);
