CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE FUNCTION constant() RETURNS int LANGUAGE sql IMMUTABLE RETURN 1 + 1;
CREATE FUNCTION many(IN a int, INOUT b text DEFAULT 'x,y', OUT c mood, VARIADIC d int[] DEFAULT '{}') RETURNS record
  LANGUAGE plpgsql STABLE STRICT LEAKPROOF SECURITY DEFINER PARALLEL SAFE COST 7
  SET search_path TO public, "Odd" SET work_mem = '64MB' SET DateStyle TO 'ISO, DMY' AS $x$BEGIN
  c := 'sad'; -- $$ here
END
$x$;
COMMENT ON FUNCTION many(int, text, int[]) IS 'many of them';
GRANT EXECUTE ON FUNCTION many(int, text, int[]) TO public;
CREATE FUNCTION tabled(n int DEFAULT 5) RETURNS TABLE (a int, b text) ROWS 10 LANGUAGE sql AS $$SELECT 1, 'x'$$;
COMMENT ON FUNCTION tabled(int) IS 'a table';
REVOKE ALL ON FUNCTION tabled(int) FROM public;
CREATE FUNCTION "Odd Name"("Arg One" text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION atomic(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a + 1; END;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE FUNCTION add(state int, value int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT coalesce($1, 0) + $2';
CREATE PROCEDURE work(a int, INOUT b int) LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN b := a; END';
COMMENT ON PROCEDURE work IS 'work';
CREATE PROCEDURE spelled(a int) LANGUAGE sql SET work_mem = '1MB' BEGIN ATOMIC SELECT a; END;
CREATE AGGREGATE total(int) (sfunc = add, stype = int, initcond = '0', combinefunc = add, parallel = safe);
COMMENT ON AGGREGATE total(int) IS 'sums';
CREATE FUNCTION alike(text, text) RETURNS real LANGUAGE c STRICT AS '$libdir/pg_trgm', 'similarity';
CREATE FUNCTION numbers(int, int) RETURNS SETOF int LANGUAGE internal STRICT SUPPORT generate_series_int4_support AS 'generate_series_int4';
CREATE FUNCTION row_of() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION last_of(state int, value int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT state';
CREATE AGGREGATE moving(int) (sfunc = add, stype = int, sspace = 8, finalfunc = last_of, finalfunc_extra, msfunc = int4pl, minvfunc = int4mi,
  mstype = int, msspace = 16, mfinalfunc = last_of, mfinalfunc_extra, mfinalfunc_modify = shareable, minitcond = '0');
CREATE AGGREGATE parts(int8) (sfunc = int8_avg_accum, stype = internal, combinefunc = int8_avg_combine,
  serialfunc = int8_avg_serialize, deserialfunc = int8_avg_deserialize, finalfunc = numeric_poly_avg);
CREATE AGGREGATE greatest_of(int) (sfunc = int4larger, stype = int, sortop = >);
CREATE FUNCTION any_f(internal, VARIADIC "any") RETURNS internal LANGUAGE internal AS 'ordered_set_transition_multi';
CREATE FUNCTION rank_final(internal, VARIADIC "any") RETURNS bigint LANGUAGE internal AS 'hypothetical_rank_final';
CREATE AGGREGATE rank_of(VARIADIC "any" ORDER BY VARIADIC "any") (sfunc = any_f, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical);
CREATE FUNCTION add_f(internal, float8) RETURNS internal LANGUAGE internal AS 'ordered_set_transition_multi';
CREATE FUNCTION hypo_final(internal, float8) RETURNS float8 LANGUAGE internal AS 'hypothetical_rank_final';
CREATE AGGREGATE hypo(p float8 ORDER BY q float8) (sfunc = add_f, stype = internal, finalfunc = hypo_final, finalfunc_modify = shareable);
CREATE TABLE logged (a int, b int);
CREATE TABLE other (n int);
CREATE TRIGGER touch BEFORE INSERT OR UPDATE OF a ON logged FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TRIGGER touch ON logged IS 'marks it';
CREATE TRIGGER each AFTER UPDATE ON logged REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows FOR EACH STATEMENT EXECUTE FUNCTION touch('x', 'y');
ALTER TABLE logged ENABLE ALWAYS TRIGGER each;
CREATE TRIGGER when_a AFTER UPDATE ON logged FOR EACH ROW WHEN (old.a IS DISTINCT FROM new.a) EXECUTE FUNCTION touch();
ALTER TABLE logged DISABLE TRIGGER when_a;
CREATE CONSTRAINT TRIGGER checked AFTER DELETE ON logged FROM other DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE logged ENABLE REPLICA TRIGGER checked;
CREATE RULE also AS ON INSERT TO logged WHERE new.a > 10 DO ALSO (INSERT INTO other VALUES (1); INSERT INTO other VALUES (2));
COMMENT ON RULE also ON logged IS 'two';
CREATE RULE one AS ON UPDATE TO logged DO ALSO INSERT INTO other VALUES (3);
ALTER TABLE logged ENABLE ALWAYS RULE one;
