create table p (id bigint, k int not null, primary key (id, k)) partition by list (k);
create table p1 partition of p for values in (1); create table p3 partition of p for values in (5, 6); create table pd partition of p default;
create table c (id int primary key, pid bigint, pk int, foreign key (pid, pk) references p);
comment on constraint c_pid_pk_fkey on c is 'kept';
