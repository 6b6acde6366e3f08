create type payment_method as enum ('card', 'bank_transfer', 'wallet', 'voucher');
create type payment_status as enum ('pending', 'authorised', 'captured', 'failed');
