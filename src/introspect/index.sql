-- An index that is attached to that of a partitioned parent is named with its parent, and not spelled out. Neither is
-- the B-tree of a key: PostgreSQL allows it plain columns in their plain order alone, and deparsing is what takes longest.
SELECT i.indexrelid::int8 AS oid, i.indrelid::int8 AS relation, n.nspname AS schema, c.relname AS name,
       k.conindid IS NOT NULL AS plain,
       CASE WHEN NOT c.relispartition AND k.conindid IS NULL THEN pg_get_indexdef(i.indexrelid) END AS definition,
       a.amname AS method, i.indisunique AS "unique",
       CASE WHEN i.indisunique THEN coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) ELSE false END
           AS nulls_not_distinct,
       i.indisvalid AND i.indisready AS valid, i.indisclustered AS clustered, i.indisreplident AS replica_identity,
       i.indkey::int2[] AS columns, i.indnkeyatts AS keys,
       c.reloptions AS options, s.spcname AS tablespace, t.targets AS statistics,
       coalesce(h.inhparent, 0)::int8 AS parent
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_am a ON a.oid = c.relam
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u')
    AND a.amname = 'btree' AND NOT c.relispartition
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
LEFT JOIN (
    SELECT x.attrelid, json_agg(json_build_array(x.attnum, x.attstattarget)) AS targets
    FROM pg_attribute x
    JOIN pg_class y ON y.oid = x.attrelid AND y.relkind IN ('i', 'I')
    WHERE x.attnum > 0 AND x.attstattarget >= 0
    GROUP BY x.attrelid
) t ON t.attrelid = i.indexrelid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
