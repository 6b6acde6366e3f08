create type task_state as enum ('open', 'done');
create table task (id int primary key, state text not null default 'open');
