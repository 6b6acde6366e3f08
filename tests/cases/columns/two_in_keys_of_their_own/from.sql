create table t (p int not null);
