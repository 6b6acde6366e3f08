CREATE TABLE public.sticky_post (
    id serial,
    post text NOT NULL,
    CONSTRAINT sticky_post_pkey PRIMARY KEY (id)
);
CREATE INDEX sticky_post_post ON public.sticky_post (post);

CREATE TABLE public.queue (
    id integer GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    CONSTRAINT queue_pkey PRIMARY KEY (id),
    CONSTRAINT queue_name_key UNIQUE (name)
);

CREATE VIEW public.waiting AS SELECT q.id, q.name FROM public.queue AS q;

INSERT INTO public.queue (name) VALUES ('mail'), ('print');
