SELECT o.oid::int8 AS oid, n.nspname AS schema, o.opfname AS name, pg_get_userbyid(o.opfowner) AS owner,
       a.amname AS method
FROM pg_opfamily o
JOIN pg_namespace n ON n.oid = o.opfnamespace
JOIN pg_am a ON a.oid = o.opfmethod
WHERE o.oid >= 16384
