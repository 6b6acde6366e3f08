-- What comes with a range type hangs on it by an internal dependency.
SELECT c.oid::int8 AS oid, format_type(c.castsource, NULL) AS source, format_type(c.casttarget, NULL) AS target,
       c.castmethod AS method, nullif(c.castfunc, 0)::regprocedure::text AS function, c.castcontext AS context
FROM pg_cast c
WHERE c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_cast'::regclass AND i.objid = c.oid AND i.deptype = 'i')
