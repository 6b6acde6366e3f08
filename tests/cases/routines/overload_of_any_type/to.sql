CREATE FUNCTION twice(x anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE FUNCTION first_of(x integer, y integer DEFAULT 1) RETURNS integer LANGUAGE sql IMMUTABLE AS $$ SELECT x $$;
CREATE VIEW doubled AS SELECT twice(1) AS n, first_of(1) AS o;
