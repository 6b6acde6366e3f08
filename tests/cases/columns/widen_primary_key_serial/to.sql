create table customer (id bigserial primary key, name text not null);
create table parcel (id int primary key, customer bigint not null references customer on delete cascade);
create table letter (customer bigint references customer (id), line int, primary key (customer, line));
create index parcel_customer_idx on parcel (customer);
