CREATE TABLE public.o (id integer NOT NULL, t text NOT NULL GENERATED ALWAYS AS ('o'::text) STORED, u text GENERATED ALWAYS AS ('u'::text) STORED);
CREATE UNIQUE INDEX o_key ON public.o (id, t);
CREATE INDEX o_t ON public.o (t);
CREATE INDEX o_kept ON public.o (u);
CREATE VIEW public.v AS SELECT t FROM public.o;
CREATE TABLE public.r (a integer, b text, CONSTRAINT f FOREIGN KEY (a, b) REFERENCES public.o (id, t));
