CREATE TABLE reading (id integer PRIMARY KEY, high text, low text, unit text);
CREATE FUNCTION readings() RETURNS SETOF reading LANGUAGE sql STABLE AS $$ SELECT * FROM public.reading $$;
CREATE TYPE span AS (low text, high text);
CREATE FUNCTION spans(above integer) RETURNS SETOF span LANGUAGE sql STABLE AS $$ SELECT low, high FROM public.reading WHERE id > above $$;
CREATE VIEW shown AS SELECT r.low, r.id, s.high FROM readings() AS r JOIN spans(0) AS s USING (low);
CREATE MATERIALIZED VIEW numbered AS SELECT r.high, r.ordinality AS n FROM readings() WITH ORDINALITY AS r;
-- stops
