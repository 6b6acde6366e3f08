create type mood as enum ('sad', 'ok', 'glad');
-- schemaplan: renamed from people
create table persons (id serial primary key, m mood default 'glad');
create policy p on persons using (m <> 'sad');
-- stops
