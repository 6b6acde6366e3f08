create table base (id int, amount int, constraint positive check (amount > 0), constraint few check (amount < 100));
create table child (note text, constraint positive check (amount > 0), constraint few check (amount < 100)) inherits (base);
create table other (amount int constraint one check (amount <> 1), id int) ;
create table base2 (id int, amount int, constraint one check (amount <> 1));
alter table other inherit base2;
