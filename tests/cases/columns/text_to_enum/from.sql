create table task (id int primary key, state text not null default 'open');
create index task_state_idx on task (state);
insert into task select n, case when n % 3 = 0 then 'done' else 'open' end from generate_series(1, 40) as n;
