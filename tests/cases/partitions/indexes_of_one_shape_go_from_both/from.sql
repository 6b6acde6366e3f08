CREATE TABLE public.logs (id bigint NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE public.logs_1 PARTITION OF public.logs FOR VALUES FROM (0) TO (9);
CREATE TABLE public.logs_2 PARTITION OF public.logs FOR VALUES FROM (9) TO (99);
CREATE INDEX logs_id_idx ON public.logs (id);
CREATE INDEX logs_1_by_id ON public.logs_1 (id);
CREATE INDEX logs_2_by_id ON public.logs_2 (id);
