create function f() returns trigger language plpgsql as $$ begin return new; end $$;
create table p (id int, k int) partition by range (k); create table p1 partition of p for values from (0) to (10);
create trigger t2 after update on p1 for each row execute function f();
