create table customer (id serial primary key, name text not null);
create table parcel (id int primary key, customer int not null references customer on delete cascade);
create table letter (customer int references customer (id), line int, primary key (customer, line));
create index parcel_customer_idx on parcel (customer);
insert into customer (name) select 'c' || n from generate_series(1, 20) as n;
insert into parcel select n, 1 + n % 20 from generate_series(1, 50) as n;
insert into letter select 1 + n % 20, n from generate_series(1, 50) as n;
