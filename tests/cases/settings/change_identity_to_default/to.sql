CREATE SEQUENCE public.ticket_id_seq;
CREATE TABLE public.ticket (
    id bigint DEFAULT nextval('public.ticket_id_seq') PRIMARY KEY,
    said text
);
ALTER SEQUENCE public.ticket_id_seq OWNED BY public.ticket.id;
