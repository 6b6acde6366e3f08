create table m (id int not null, at date not null, v text) partition by range (at);
create table m_2 partition of m for values from ('2021-01-01') to ('2022-01-01');
create table m_3 partition of m for values from ('2022-01-01') to ('2023-01-01');
create index m_v on m (v);
