CREATE TABLE public.t (id bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.my_seq), n bigint GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.said_seq));
COMMENT ON SEQUENCE public.said_seq IS 'said';
