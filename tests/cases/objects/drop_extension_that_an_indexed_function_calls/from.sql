CREATE EXTENSION unaccent;
CREATE FUNCTION plain(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT public.unaccent('public.unaccent', $1) $$;
CREATE FUNCTION plain_name(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.plain(lower($1)); END $$;
CREATE TABLE person (id integer PRIMARY KEY, name text);
CREATE INDEX person_name ON person (plain(lower(name)));
CREATE INDEX person_plain_name ON person (plain_name(name));
INSERT INTO person VALUES (1, 'Zoë'), (2, NULL);
