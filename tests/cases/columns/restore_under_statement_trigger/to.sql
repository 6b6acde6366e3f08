CREATE TABLE public.person (
    id integer PRIMARY KEY,
    name text
);
CREATE FUNCTION public.count_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count(*) FROM public.names;
    RETURN NULL;
END
$$;
CREATE TRIGGER count_names AFTER UPDATE ON public.person FOR EACH STATEMENT EXECUTE FUNCTION public.count_names();
