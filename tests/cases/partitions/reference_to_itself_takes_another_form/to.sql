CREATE TABLE public.nodes (
    id integer PRIMARY KEY,
    up integer,
    other integer,
    CONSTRAINT nodes_up FOREIGN KEY (up) REFERENCES public.nodes ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE
) PARTITION BY RANGE (id);
CREATE TABLE public.nodes_low PARTITION OF public.nodes FOR VALUES FROM (0) TO (100);
CREATE TABLE public.nodes_high PARTITION OF public.nodes FOR VALUES FROM (100) TO (1000);
COMMENT ON CONSTRAINT nodes_up ON public.nodes IS 'What it hangs on.';

