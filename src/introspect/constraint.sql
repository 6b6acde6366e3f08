-- Rows with a parent are PostgreSQL's own copies on partitions: their oid is needed to find the original, not their text.
SELECT k.oid::int8 AS oid, k.conrelid::int8 AS relation, k.contypid::int8 AS domain, k.conname AS name, k.contype AS kind,
       -- Foreign keys of one column without further words are spelled here: the server takes long to deparse each.
       CASE WHEN k.conparentid <> 0 OR k.contype = 'n' THEN NULL
            WHEN rf.attname IS NOT NULL
            THEN format('FOREIGN KEY (%I) REFERENCES %I.%I(%I)', kf.attname, rn.nspname, r.relname, rf.attname)
            ELSE pg_get_constraintdef(k.oid) END AS definition,
       k.conkey AS columns, k.confrelid::int8 AS referenced, k.confkey AS referenced_columns,
       k.condeferrable AS deferrable, k.condeferred AS initially_deferred, k.convalidated AS validated,
       CASE WHEN k.contype IN ('c', 'f') THEN (to_jsonb(k) ->> 'conenforced')::bool END AS enforced,
       k.connoinherit AS no_inherit, k.coninhcount > 0 AND NOT k.conislocal AS inherited,
       k.conindid::int8 AS index, k.conparentid::int8 AS parent
FROM pg_constraint k
JOIN pg_namespace n ON n.oid = k.connamespace
LEFT JOIN pg_attribute kf ON kf.attrelid = k.conrelid AND kf.attnum = k.conkey[1] AND k.contype = 'f'
LEFT JOIN pg_class r ON r.oid = k.confrelid
LEFT JOIN pg_namespace rn ON rn.oid = r.relnamespace
LEFT JOIN pg_attribute rf ON rf.attrelid = k.confrelid AND rf.attnum = k.confkey[1] AND cardinality(k.conkey) = 1
    AND k.confmatchtype = 's' AND k.confupdtype = 'a' AND k.confdeltype = 'a' AND NOT k.condeferrable AND k.convalidated
    AND current_setting('server_version_num')::int < 180000
WHERE k.contype IN ('p', 'u', 'x', 'c', 'f', 'n') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
