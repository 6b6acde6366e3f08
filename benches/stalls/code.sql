-- The only way to end pgbench from outside without losing its log: all clients give up.
select stop from stalls.control \gset
\if :stop = 1
    \set end_of_writing 1 / 0
\endif
\set row random(1, :rows / 8)
\set account random(1, 100000)
\set amount random(1, 1000000)
begin;
insert into event (account, amount, serial) values (:account, :amount, nextval('serials')) returning id \gset
update event set amount = :amount where id = :row;
select amount, account from event where id = :row;
insert into payment (event_id, cents) values (:id, :amount);
update payment set cents = :amount where id = :row;
commit;
