create type mood as enum ('sad', 'ok');
create table people (id serial primary key, m mood default 'ok');
create policy p on people using (m = 'ok');
insert into people default values;
