CREATE TABLE public.events (region text NOT NULL, id bigint, made date) PARTITION BY LIST (region);
CREATE TABLE public.events_eu PARTITION OF public.events FOR VALUES IN ('eu') PARTITION BY RANGE (id);
CREATE TABLE public.events_eu_1 PARTITION OF public.events_eu FOR VALUES FROM (0) TO (9);
CREATE TABLE public.events_eu_2 PARTITION OF public.events_eu FOR VALUES FROM (9) TO (99) PARTITION BY RANGE (made);
CREATE TABLE public.events_eu_2_now PARTITION OF public.events_eu_2 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE TABLE public.events_eu_3 (region text NOT NULL, id bigint, made date, CONSTRAINT made_late CHECK (made > '2020-01-01'));
ALTER TABLE public.events_eu ATTACH PARTITION public.events_eu_3 FOR VALUES FROM (99) TO (199);
CREATE TABLE public.events_us PARTITION OF public.events FOR VALUES IN ('us') PARTITION BY RANGE (made);
