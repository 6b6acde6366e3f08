-- One transaction of the application, for pgbench. Four generations of code:
--   0  knows the first schema
--   1  writes the new column channel, which 0 leaves out
--   2  writes amounts beyond integer, once the column takes them (wide)
--   3  calls the column label by its new name, title
\set row random(1, :rows)
\set account random(1, 100000)
\set amount random(1, 1000000)
\set dice random(0, 99)
select generation, new_share, wide, stop from soak.control \gset
-- The only way to end pgbench from outside without losing its log: all clients give up.
\if :stop = 1
    \set end_of_the_soak 1 / 0
\endif
\set code :generation
\if :dice >= :new_share
    \set code :generation - 1
\endif
\if :code >= 2
    \set amount :amount + 3000000000 * :wide
\endif
begin;
\if :code <= 0
    insert into public.event (account, amount, label) values (:account, :amount, 'made ' || :amount) returning id \gset
    insert into soak.expected values (:id, :amount, 'made ' || :amount, case when :account % 2 = 0 then 'even' else 'odd' end);
    update public.event set amount = :amount, label = 'moved ' || :amount where id = :row;
    update soak.expected set amount = :amount, label = 'moved ' || :amount where id = :row;
    select amount, label from public.event where id = :row;
\elif :code <= 2
    insert into public.event (account, amount, label, channel) values (:account, :amount, 'made ' || :amount, 'web') returning id \gset
    insert into soak.expected values (:id, :amount, 'made ' || :amount, 'web');
    update public.event set amount = :amount, label = 'moved ' || :amount, channel = 'desk' where id = :row;
    update soak.expected set amount = :amount, label = 'moved ' || :amount, channel = 'desk' where id = :row;
    select amount, label, channel from public.event where id = :row;
\else
    insert into public.event (account, amount, title, channel) values (:account, :amount, 'made ' || :amount, 'web') returning id \gset
    insert into soak.expected values (:id, :amount, 'made ' || :amount, 'web');
    update public.event set amount = :amount, title = 'moved ' || :amount, channel = 'desk' where id = :row;
    update soak.expected set amount = :amount, label = 'moved ' || :amount, channel = 'desk' where id = :row;
    select amount, title, channel from public.event where id = :row;
\endif
-- Now and then a row goes.
\if :dice < 3
    \set gone random(1, :rows)
    \if :gone > :row
        delete from public.event where id = :gone;
        delete from soak.expected where id = :gone;
    \endif
\endif
commit;
