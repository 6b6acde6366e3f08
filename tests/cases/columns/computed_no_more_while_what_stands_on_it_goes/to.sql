CREATE TABLE public.o (id integer NOT NULL, t text NOT NULL, u text);
CREATE UNIQUE INDEX o_key ON public.o (id, t);
CREATE INDEX o_kept ON public.o (u);
CREATE TABLE public.r (a integer, b text);
