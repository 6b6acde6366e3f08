-- schemaplan: split from customer (phone, fax) on customer_id = customer.id
create table customer_contact (
    customer_id bigint primary key references customer on delete cascade,
    phone text,
    fax text,
    messenger text
);

comment on table customer_contact is 'How to reach a customer besides by mail';
comment on column customer_contact.phone is 'As typed by the customer';
