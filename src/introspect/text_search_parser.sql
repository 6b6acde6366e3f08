SELECT p.oid::int8 AS oid, n.nspname AS schema, p.prsname AS name, p.prsstart::oid::regproc::text AS start,
       p.prstoken::oid::regproc::text AS token, p.prsend::oid::regproc::text AS "end",
       p.prslextype::oid::regproc::text AS types, nullif(p.prsheadline::oid, 0)::regproc::text AS headline
FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE p.oid >= 16384
