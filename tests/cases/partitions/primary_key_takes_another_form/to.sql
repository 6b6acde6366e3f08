CREATE TABLE public.readings (
    id integer NOT NULL,
    day date NOT NULL,
    value numeric,
    CONSTRAINT readings_id PRIMARY KEY (day, id) INCLUDE (value)
) PARTITION BY RANGE (day);
CREATE TABLE public.readings_2025 PARTITION OF public.readings FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE public.readings_2026 PARTITION OF public.readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')
    PARTITION BY RANGE (day);
CREATE TABLE public.readings_2026_first PARTITION OF public.readings_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-07-01');
CREATE TABLE public.readings_2026_second PARTITION OF public.readings_2026 FOR VALUES FROM ('2026-07-01') TO ('2027-01-01');
COMMENT ON CONSTRAINT readings_id ON public.readings IS 'By day.';
ALTER INDEX public.readings_2025_pkey RENAME TO readings_first_year;

