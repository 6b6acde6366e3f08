create table m (id int not null, v text, check (v <> ''));
create view w as select v from m;
create policy p on m using (v > 'a');
create publication pub for table m;
insert into m select n, 'x' from generate_series(1,150) n;
