CREATE TABLE public.entry (
    id serial NOT NULL,
    said text
);
