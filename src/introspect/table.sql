SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner, c.relacl AS acl,
       c.relpersistence = 'u' AS unlogged,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END AS bound,
       i.parents,
       CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS of_type,
       c.reloptions AS options, t.reloptions AS toast_options,
       c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security, c.relreplident AS replica_identity,
       nullif(a.amname, current_setting('default_table_access_method')) AS access_method,
       s.spcname AS tablespace, fs.srvname AS server, f.ftoptions AS foreign_options
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
LEFT JOIN pg_am a ON a.oid = c.relam
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
LEFT JOIN pg_foreign_server fs ON fs.oid = f.ftserver
LEFT JOIN (
    SELECT h.inhrelid, json_agg(json_build_array(pn.nspname, p.relname) ORDER BY h.inhseqno) AS parents
    FROM pg_inherits h
    JOIN pg_class p ON p.oid = h.inhparent AND p.relkind IN ('r', 'p', 'f')
    JOIN pg_namespace pn ON pn.oid = p.relnamespace
    GROUP BY h.inhrelid
) i ON i.inhrelid = c.oid
WHERE c.relkind IN ('r', 'p', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
