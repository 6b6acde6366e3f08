CREATE TABLE public.person (
    id integer PRIMARY KEY,
    nick text,
    name text
);
CREATE VIEW public.names AS SELECT p.id, p.nick FROM public.person AS p;
CREATE FUNCTION public.count_names() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM count(*) FROM public.names;
    RETURN NULL;
END
$$;
CREATE TRIGGER count_names AFTER UPDATE ON public.person FOR EACH STATEMENT EXECUTE FUNCTION public.count_names();
