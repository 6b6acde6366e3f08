create table t (a int not null unique, b int not null unique);
