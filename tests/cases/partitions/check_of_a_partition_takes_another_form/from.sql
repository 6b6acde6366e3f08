CREATE TABLE public.owners (
    id integer PRIMARY KEY
);
CREATE TABLE public.items (
    id integer NOT NULL,
    kind integer NOT NULL,
    owner integer
) PARTITION BY LIST (kind);
CREATE TABLE public.items_first PARTITION OF public.items (
    CONSTRAINT first_owner FOREIGN KEY (owner) REFERENCES public.owners,
    CONSTRAINT first_id CHECK (id > 0)
) FOR VALUES IN (1);
CREATE TABLE public.items_rest PARTITION OF public.items DEFAULT;
CREATE TABLE public.base (
    id integer,
    CONSTRAINT base_id CHECK (id > 0)
);
CREATE TABLE public.child (
    more integer,
    CONSTRAINT child_more CHECK (more > 0)
) INHERITS (public.base);

INSERT INTO public.owners SELECT generate_series(1, 20);
INSERT INTO public.items SELECT g, g % 2, 1 + g % 20 FROM generate_series(1, 100) AS g;
INSERT INTO public.base SELECT generate_series(1, 20);
INSERT INTO public.child SELECT g, g FROM generate_series(1, 20) AS g;
