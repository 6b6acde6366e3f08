SELECT t.oid::int8 AS oid, n.nspname AS schema, t.tmplname AS name, nullif(t.tmplinit::oid, 0)::regproc::text AS init,
       t.tmpllexize::oid::regproc::text AS lexize
FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE t.oid >= 16384
