create type task_state as enum ('open', 'done');
create table task (
    id int primary key,
    -- schemaplan: using state::task_state
    -- schemaplan: reverse state::text
    state task_state not null default 'open'
);
create index task_state_idx on task (state);
