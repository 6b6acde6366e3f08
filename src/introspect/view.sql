SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner, c.relacl AS acl,
       c.relkind = 'm' AS materialized, pg_get_viewdef(c.oid) AS definition, c.reloptions AS options,
       CASE WHEN c.relkind = 'm' THEN nullif(a.amname, current_setting('default_table_access_method')) END
           AS access_method,
       s.spcname AS tablespace, c.relispopulated AS populated
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am a ON a.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
WHERE c.relkind IN ('v', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e'
                  AND e.classid = 'pg_class'::regclass AND e.objid = c.oid)
