create table p (id int, k int) partition by list (k);
create table p1 partition of p for values in (1, 2);
create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger a after insert on p for each row execute function f();
create trigger b after insert on p for each row execute function f();
alter table p1 disable trigger a;
alter table p1 enable always trigger b;
