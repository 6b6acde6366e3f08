CREATE TABLE public.t (a integer, b integer, kept integer);
CREATE TABLE public.u (c integer);
CREATE SEQUENCE public.s OWNED BY public.t.a;
CREATE SEQUENCE public.to_another_table OWNED BY public.t.a;
CREATE SEQUENCE public.to_nobody OWNED BY public.t.a;
ALTER TABLE public.t ALTER COLUMN a SET DEFAULT nextval('public.s');
