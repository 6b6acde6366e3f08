CREATE TABLE public.t (b integer, kept integer);
CREATE TABLE public.u (c integer);
CREATE SEQUENCE public.s OWNED BY public.t.b;
CREATE SEQUENCE public.to_another_table OWNED BY public.u.c;
CREATE SEQUENCE public.to_nobody;
ALTER TABLE public.t ALTER COLUMN b SET DEFAULT nextval('public.s');
