CREATE TABLE public.ticket (
    id bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.ticket_number) PRIMARY KEY,
    said text
);
INSERT INTO public.ticket (said) VALUES ('one'), ('two');
