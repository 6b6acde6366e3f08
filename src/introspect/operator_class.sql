SELECT o.oid::int8 AS oid, n.nspname AS schema, o.opcname AS name, pg_get_userbyid(o.opcowner) AS owner,
       a.amname AS method, o.opcdefault AS is_default, format_type(o.opcintype, NULL) AS data_type,
       json_build_array(fn.nspname, f.opfname) AS family,
       CASE WHEN o.opckeytype NOT IN (0, o.opcintype) THEN format_type(o.opckeytype, NULL) END AS storage
FROM pg_opclass o
JOIN pg_namespace n ON n.oid = o.opcnamespace
JOIN pg_am a ON a.oid = o.opcmethod
JOIN pg_opfamily f ON f.oid = o.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
WHERE o.oid >= 16384
