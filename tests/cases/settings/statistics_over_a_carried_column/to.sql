-- needs 15
create table t (id int primary key, a bigint, b int, c text);
create statistics st (ndistinct, dependencies) on a, b from t;
create table u (a bigint);
create publication pub for table t (id, a, b), u;
