create table r (id int primary key);
create table m (id int not null, at date not null, v text) partition by range (at);
create table m_0 partition of m for values from ('2019-01-01') to ('2020-04-01');
create table m_2 partition of m for values from ('2021-01-01') to ('2022-01-01');
alter table m add primary key (id, at);
