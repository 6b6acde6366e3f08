create domain email as text
    constraint email_has_an_at check (value ~ '^[^@\s]+@[^@\s]+$');
comment on domain email is 'A mail address; only its shape is checked';

create domain money_amount as numeric(12, 2)
    constraint money_amount_not_negative check (value >= 0);
comment on domain money_amount is 'An amount in the currency of the row it stands in';

create domain currency_code as char(3)
    constraint currency_code_is_upper_case check (value ~ '^[A-Z]{3}$');

create domain country_code as char(2)
    constraint country_code_is_upper_case check (value ~ '^[A-Z]{2}$');
