CREATE TABLE public.visit (
    id bigint PRIMARY KEY,
    page text
) WITH (autovacuum_vacuum_scale_factor = 0.02, fillfactor = 90, autovacuum_analyze_scale_factor = 0.01);
CREATE TABLE public.page (
    id bigint PRIMARY KEY
) WITH (toast_tuple_target = 4000, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.01);
