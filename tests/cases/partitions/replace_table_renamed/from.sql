create table sale (id int, day int not null, note text, primary key (id, day));
insert into sale select n, n % 10, 'x' || n from generate_series(1, 50) as n;
create type mood as enum ('a', 'b');
create table stay (id int, day int not null, m mood, primary key (id, day));
insert into stay select n, n % 10, 'a' from generate_series(1, 50) as n;
