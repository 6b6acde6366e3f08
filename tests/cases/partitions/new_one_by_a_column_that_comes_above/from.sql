CREATE TABLE public.events (region text NOT NULL, id bigint) PARTITION BY LIST (region);
CREATE TABLE public.events_eu PARTITION OF public.events FOR VALUES IN ('eu') PARTITION BY RANGE (id);
CREATE TABLE public.events_eu_1 PARTITION OF public.events_eu FOR VALUES FROM (0) TO (9);
