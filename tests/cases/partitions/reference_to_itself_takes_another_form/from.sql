CREATE TABLE public.nodes (
    id integer PRIMARY KEY,
    up integer,
    other integer,
    CONSTRAINT nodes_up FOREIGN KEY (up) REFERENCES public.nodes
) PARTITION BY RANGE (id);
CREATE TABLE public.nodes_low PARTITION OF public.nodes FOR VALUES FROM (0) TO (100);
CREATE TABLE public.nodes_high PARTITION OF public.nodes FOR VALUES FROM (100) TO (1000);
COMMENT ON CONSTRAINT nodes_up ON public.nodes IS 'What it hangs on.';

INSERT INTO public.nodes SELECT g, g / 2, g / 3 FROM generate_series(0, 300) AS g;
