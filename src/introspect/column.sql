SELECT a.attrelid::int8 AS relation, a.attnum AS number, a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attcollation <> t.typcollation THEN json_build_array(cn.nspname, co.collname) END AS collation,
       d.oid::int8 AS default_oid,
       -- Only the expression of a generated column names columns; without them the server need not look up the relation.
       pg_get_expr(d.adbin, CASE WHEN a.attgenerated <> '' THEN d.adrelid ELSE 0 END) AS expression,
       a.attnotnull AS not_null, a.attgenerated AS generated,
       CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END AS storage,
       nullif(a.attcompression, '') AS compression,
       coalesce(a.attstattarget, -1) AS statistics,
       a.attoptions AS options, a.attfdwoptions AS foreign_options, a.attacl AS acl,
       a.attinhcount > 0 AND NOT a.attislocal AS inherited
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'c')
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_collation co ON co.oid = a.attcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY a.attrelid, a.attnum
