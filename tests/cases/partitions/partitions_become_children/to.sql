create table m (id int not null, d date not null, x text); create table m_a (check (d < '2020-01-01')) inherits (m); create table m_b (check (d >= '2020-01-01')) inherits (m); create index own on m_a (d);
-- stops
