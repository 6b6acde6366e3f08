CREATE TYPE public.mode AS ENUM ('open', 'closed', 'request');
CREATE TABLE public.site (
    id integer PRIMARY KEY,
    mode public.mode DEFAULT 'request' NOT NULL,
    fallback public.mode DEFAULT 'closed'
);
