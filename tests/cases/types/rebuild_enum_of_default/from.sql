CREATE TYPE public.mode AS ENUM ('open', 'closed', 'ask');
CREATE TABLE public.site (
    id integer PRIMARY KEY,
    mode public.mode DEFAULT 'ask' NOT NULL,
    fallback public.mode DEFAULT 'open'
);
INSERT INTO public.site (id, mode, fallback) VALUES (1, 'open', NULL);
