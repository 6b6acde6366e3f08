create table r (id int primary key);
insert into r select generate_series(1, 200);
create table m (id int not null, at date not null, v text) partition by range (at);
create table m_1 partition of m for values from ('2020-01-01') to ('2021-01-01');
create table m_2 partition of m for values from ('2021-01-01') to ('2022-01-01');
insert into m select n, '2020-05-01'::date + n*3, 'x' from generate_series(1,150) n;
delete from m_1;
