CREATE EXTENSION pg_trgm;
CREATE TABLE public.page (
    id integer PRIMARY KEY,
    body text
);
CREATE INDEX page_body ON public.page USING gin (body gin_trgm_ops);
