CREATE TABLE public.docs (id integer NOT NULL, body text COMPRESSION pglz, kept varchar(20)) PARTITION BY RANGE (id);
CREATE TABLE public.docs_1 PARTITION OF public.docs FOR VALUES FROM (0) TO (100);
CREATE TABLE public.docs_2 PARTITION OF public.docs FOR VALUES FROM (100) TO (200);
ALTER TABLE ONLY public.docs_2 ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE ONLY public.docs_2 ALTER COLUMN kept SET COMPRESSION pglz;
CREATE TABLE public.parent (note text COMPRESSION pglz);
CREATE TABLE public.child () INHERITS (public.parent);
