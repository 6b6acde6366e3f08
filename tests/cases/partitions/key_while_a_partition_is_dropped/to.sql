create table m (id int not null, at date not null, v text not null, primary key (id, at), constraint c check (v <> '')) partition by range (at);
create table m_2 partition of m for values from ('2021-01-01') to ('2022-01-01');
create table m_3 partition of m for values from ('2022-01-01') to ('2023-01-01');
