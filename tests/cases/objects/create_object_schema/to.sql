CREATE TABLE public.note (id integer PRIMARY KEY);
CREATE SCHEMA billing;
COMMENT ON SCHEMA billing IS 'invoices';
CREATE TABLE billing.invoice (id bigint PRIMARY KEY, note_id integer REFERENCES public.note (id));
