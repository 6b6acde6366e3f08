create table sale (id int,
-- schemaplan: renamed from day
-- schemaplan: no-live-readers
 at int, note text);
create table other (id int, day int);
create view v as select at as day from sale;
create view v2 as select s.at as day, o.day as oday, count(*) over (partition by s.at) from sale s join other o on o.id = s.id where exists (select 1 from sale x where x.at = s.at);
create materialized view m as select at as day, max(id) from sale group by at;
create view over as select day from v;
create policy p on sale using (at > 1);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger t before update of at on sale for each row when (old.at is distinct from new.at) execute function f();
create statistics st on at, note from sale;
create table line (id int primary key,
    -- schemaplan: renamed from n
    -- schemaplan: no-live-readers
    number int, unique (number, id), check (number > 0), g int generated always as (number + 1) stored);
create index line_number_idx on line (number) where number > 3;
create table piece (id int primary key, line int, n int, foreign key (n, line) references line (number, id));
