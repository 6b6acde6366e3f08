-- needs 15
create table t (id int primary key, a int, b int, c text);
create statistics st (ndistinct) on a, b from t;
create table u (a int);
create publication pub for table t (id, a, b), u;
insert into t values (1, 1, 2, 'x');
insert into u values (1);
