SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name, pg_get_userbyid(c.relowner) AS owner, c.relacl AS acl,
       c.relpersistence = 'u' AS unlogged,
       format_type(s.seqtypid, NULL) AS data_type, s.seqstart AS start, s.seqincrement AS increment,
       s.seqmin AS min, s.seqmax AS max, s.seqcache AS cache, s.seqcycle AS cycle,
       coalesce(d.refobjid, 0)::int8 AS owner_relation, coalesce(d.refobjsubid, 0) AS owner_column,
       coalesce(d.deptype = 'i', false) AS identity, a.attidentity = 'a' AS identity_always,
       -- Before 15 every sequence is permanent.
       c.relpersistence <> t.relpersistence AND current_setting('server_version_num')::int >= 150000 AS unlike_table
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_sequence s ON s.seqrelid = c.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
    AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
LEFT JOIN pg_attribute a ON d.deptype = 'i' AND a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
LEFT JOIN pg_class t ON d.deptype = 'i' AND t.oid = d.refobjid
WHERE c.relkind = 'S' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
