create table customer (id serial primary key, name text not null);
create table parcel (id int primary key, customer int not null references customer on delete cascade);
create table ticket (number bigserial unique, note text);
create index ticket_note_idx on ticket (note);
insert into customer (name) select 'c' || n from generate_series(1, 20) as n;
insert into parcel select n, 1 + n % 20 from generate_series(1, 50) as n;
insert into ticket (note) values ('a'), ('b');
