CREATE TABLE public.entry (
    id boolean NOT NULL,
    said text
);
