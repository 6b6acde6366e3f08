CREATE FUNCTION twice(x integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT x * 2 $$;
CREATE FUNCTION first_of(x integer, y text DEFAULT 'a') RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE VIEW doubled AS SELECT twice(1) AS n, first_of(1) AS o;
