CREATE TABLE public.visit (
    id bigint PRIMARY KEY,
    page text
) WITH (fillfactor = 80, parallel_workers = 2);
CREATE TABLE public.page (
    id bigint PRIMARY KEY
);
