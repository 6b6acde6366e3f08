create table p (id bigint, k int not null, primary key (id, k)) partition by list (k);
create table p1 partition of p for values in (1); create table p2 partition of p for values in (2, 3); create table pd partition of p default;
create table c (id int primary key, pid bigint, pk int, foreign key (pid, pk) references p on delete cascade);
insert into p values (1, 1), (4, 9);
insert into c values (1, 1, 1), (2, 4, 9);
insert into p values (5, 5);
insert into c values (3, 5, 5);
comment on constraint c_pid_pk_fkey on c is 'kept';
