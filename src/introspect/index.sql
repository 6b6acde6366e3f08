-- An index that is attached to that of a partitioned parent is named with its parent, and not spelled out. Neither is
-- the B-tree of a key: PostgreSQL allows it plain columns in their plain order alone, and deparsing is what takes longest.
SELECT i.indexrelid::int8 AS oid, i.indrelid::int8 AS relation, n.nspname AS schema, c.relname AS name,
       k.oid IS NOT NULL AND k.contype <> 'x' AND a.amname = 'btree' AND NOT c.relispartition AS plain,
       CASE WHEN c.relispartition OR (k.contype <> 'x' AND a.amname = 'btree') THEN NULL
            WHEN o.oid IS NOT NULL THEN format('CREATE INDEX %I ON %I.%I USING btree (%I)', c.relname, n.nspname, b.relname, f.attname)
            ELSE pg_get_indexdef(i.indexrelid) END AS definition,
       a.amname AS method, i.indisunique AS "unique",
       CASE WHEN i.indisunique THEN coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) ELSE false END
           AS nulls_not_distinct,
       i.indisvalid AND i.indisready AS valid, i.indisclustered AS clustered, i.indisreplident AS replica_identity,
       i.indkey::int2[] AS columns, i.indnkeyatts AS keys,
       c.reloptions AS options, s.spcname AS tablespace, t.targets AS statistics,
       coalesce(h.inhparent, 0)::int8 AS parent, coalesce(k.oid, 0)::int8 AS key
FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_am a ON a.oid = c.relam
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
-- The most frequent form by far, one column of a B-tree in its plain order, is spelled here for the same reason.
LEFT JOIN pg_class b ON b.oid = i.indrelid
LEFT JOIN pg_attribute f ON f.attrelid = i.indrelid AND f.attnum = i.indkey[0]
LEFT JOIN pg_opclass o ON o.oid = i.indclass[0] AND o.opcdefault AND o.opcintype = f.atttypid AND a.amname = 'btree'
    AND i.indnatts = 1 AND i.indkey[0] > 0 AND i.indoption[0] = 0 AND i.indcollation[0] = f.attcollation
    AND i.indpred IS NULL AND NOT i.indisunique AND c.relkind = 'i' AND c.reloptions IS NULL
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
