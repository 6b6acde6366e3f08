CREATE TABLE public.owners (
    id integer PRIMARY KEY
);
CREATE TABLE public.items (
    id integer NOT NULL,
    kind integer NOT NULL,
    owner integer
) PARTITION BY LIST (kind);
CREATE TABLE public.items_first PARTITION OF public.items (
    CONSTRAINT first_owner FOREIGN KEY (owner) REFERENCES public.owners ON DELETE SET NULL,
    CONSTRAINT first_id CHECK (id >= 0)
) FOR VALUES IN (1);
CREATE TABLE public.items_rest PARTITION OF public.items DEFAULT;
CREATE TABLE public.base (
    id integer,
    CONSTRAINT base_id CHECK (id >= 0)
);
CREATE TABLE public.child (
    more integer,
    CONSTRAINT child_more CHECK (more >= 0)
) INHERITS (public.base);

