create table base (id int, amount int, constraint few check (amount < 100), constraint added check (id > 0));
create table child (note text, constraint positive check (amount > 0), constraint few check (amount < 100), constraint added check (id > 0)) inherits (base);
create table other (amount int, id int) ;
create table base2 (id int, amount int);
alter table other inherit base2;
