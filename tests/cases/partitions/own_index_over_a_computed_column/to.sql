CREATE TABLE public.t (k text, s varchar(40), g text GENERATED ALWAYS AS (upper(s::text)) STORED, h text GENERATED ALWAYS AS ('hh'::text || k) STORED) PARTITION BY LIST (k);
CREATE TABLE public.t1 PARTITION OF public.t FOR VALUES IN ('1');
CREATE INDEX ti ON public.t1 (g);
CREATE INDEX th ON public.t1 (h);
CREATE VIEW public.v AS SELECT g, h FROM public.t1;
ALTER TABLE public.t1 ADD CONSTRAINT c CHECK (h <> 'x');
