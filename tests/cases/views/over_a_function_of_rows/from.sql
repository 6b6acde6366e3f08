-- The live table's columns stand in another order than the files', so what a function of its rows returns does too.
CREATE TABLE reading (id integer PRIMARY KEY, low text, high text);
INSERT INTO reading VALUES (1, 'a', 'b');
CREATE FUNCTION readings() RETURNS SETOF reading LANGUAGE sql STABLE AS $$ SELECT * FROM public.reading $$;
CREATE TYPE span AS (low text, high text);
CREATE FUNCTION spans(above integer) RETURNS SETOF span LANGUAGE sql STABLE AS $$ SELECT low, high FROM public.reading WHERE id > above $$;
CREATE VIEW shown AS SELECT r.low, r.id FROM readings() AS r;
CREATE MATERIALIZED VIEW numbered AS SELECT "R 1".high, "R 1".ordinality AS n FROM readings() WITH ORDINALITY AS "R 1";
