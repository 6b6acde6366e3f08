CREATE SCHEMA extensions;
CREATE EXTENSION hstore SCHEMA public;
CREATE EXTENSION citext SCHEMA public;
CREATE TABLE item (id integer PRIMARY KEY, tags public.hstore DEFAULT ''::public.hstore, name public.citext NOT NULL);
-- stops
