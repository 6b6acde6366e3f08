CREATE TYPE pair AS (a int, b text);
-- schemaplan: renamed from rows_of
CREATE FUNCTION new_rows_of(n int, VARIADIC words text[] DEFAULT '{}') RETURNS SETOF pair LANGUAGE sql AS $$ SELECT n, w FROM unnest(words) AS w $$;
-- schemaplan: renamed from table_of
CREATE FUNCTION new_table_of(n int) RETURNS TABLE (x int, y text) LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY SELECT n, 'a'::text; END $$;
-- schemaplan: renamed from two
CREATE FUNCTION new_two(OUT a int, OUT b text, INOUT c int) LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT 1, 'b'::text, c $$;
-- schemaplan: renamed from first_of
CREATE FUNCTION new_first_of(VARIADIC anyarray) RETURNS anyelement LANGUAGE sql AS $$ SELECT $1[1] $$;
-- schemaplan: renamed from nothing
CREATE FUNCTION new_nothing("odd name" text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$ BEGIN NULL; END $$;
REVOKE ALL ON FUNCTION new_nothing(text) FROM PUBLIC;
-- schemaplan: renamed from any_row
CREATE FUNCTION new_any_row() RETURNS record LANGUAGE sql AS $$ SELECT 1, 2 $$;
-- schemaplan: renamed from fires
CREATE FUNCTION new_fires() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- schemaplan: renamed from runs
CREATE PROCEDURE new_runs(INOUT a int) LANGUAGE plpgsql AS $$ BEGIN a := a + 1; END $$;
-- schemaplan: renamed from over
CREATE FUNCTION new_over(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- schemaplan: renamed from over
CREATE FUNCTION new_over(a text) RETURNS int LANGUAGE sql AS 'SELECT 2';
-- schemaplan: renamed from atomic
CREATE FUNCTION new_atomic(d date) RETURNS date LANGUAGE sql RETURN d + 1;
-- schemaplan: renamed from grows
CREATE FUNCTION new_grows(a int) RETURNS int LANGUAGE sql AS 'SELECT a + 1';
