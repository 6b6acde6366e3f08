create type task_state as enum ('open', 'done');
create table task (id int primary key, state task_state not null default 'open');
insert into task select n, case when n % 3 = 0 then 'done' else 'open' end::task_state from generate_series(1, 40) as n;
