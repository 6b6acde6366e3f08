CREATE TABLE public.t (id bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.other_seq), n bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.silent_seq));
COMMENT ON SEQUENCE public.other_seq IS 'x';
