CREATE SEQUENCE public.sticky_post_id_seq AS integer;
CREATE TABLE public.featured_post (
    id integer DEFAULT nextval('public.sticky_post_id_seq') NOT NULL,
    post text NOT NULL,
    CONSTRAINT sticky_post_pkey PRIMARY KEY (id)
);
ALTER SEQUENCE public.sticky_post_id_seq OWNED BY public.featured_post.id;
CREATE INDEX sticky_post_post ON public.featured_post (post);

CREATE TABLE public.private_queue (
    id integer GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME public.queue_id_seq),
    name text NOT NULL,
    CONSTRAINT queue_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX queue_name_key ON public.private_queue (name);

CREATE VIEW public.waiting AS SELECT q.id, q.name FROM public.private_queue AS q;
