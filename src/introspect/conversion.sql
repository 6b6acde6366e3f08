SELECT c.oid::int8 AS oid, n.nspname AS schema, c.conname AS name, pg_get_userbyid(c.conowner) AS owner,
       c.condefault AS is_default, pg_encoding_to_char(c.conforencoding) AS source,
       pg_encoding_to_char(c.contoencoding) AS target, c.conproc::regproc::text AS function
FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE c.oid >= 16384
