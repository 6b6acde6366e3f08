CREATE SCHEMA billing;
CREATE TABLE billing.invoice (id bigint PRIMARY KEY, amount numeric);
INSERT INTO billing.invoice VALUES (1, 12.5), (2, NULL);
CREATE FUNCTION billing.total() RETURNS numeric LANGUAGE sql AS $$ SELECT sum(amount) FROM billing.invoice $$;
