CREATE TABLE public.note (id integer PRIMARY KEY);
INSERT INTO public.note VALUES (1), (2);
