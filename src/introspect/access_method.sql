SELECT a.oid::int8 AS oid, a.amname AS name, a.amtype = 't' AS for_tables, a.amhandler::regproc::text AS handler
FROM pg_am a
WHERE a.oid >= 16384
