-- Rows with a parent are PostgreSQL's own copies on partitions: their oid is needed to find the original, not their text.
SELECT k.oid::int8 AS oid, k.conrelid::int8 AS relation, k.contypid::int8 AS domain, k.conname AS name, k.contype AS kind,
       CASE WHEN k.conparentid = 0 AND k.contype <> 'n' THEN pg_get_constraintdef(k.oid) END AS definition,
       k.conkey AS columns, k.confrelid::int8 AS referenced, k.confkey AS referenced_columns,
       k.condeferrable AS deferrable, k.condeferred AS initially_deferred, k.convalidated AS validated,
       CASE WHEN k.contype IN ('c', 'f') THEN (to_jsonb(k) ->> 'conenforced')::bool END AS enforced,
       k.connoinherit AS no_inherit, k.coninhcount > 0 AND NOT k.conislocal AS inherited,
       k.conindid::int8 AS index, k.conparentid::int8 AS parent
FROM pg_constraint k
JOIN pg_namespace n ON n.oid = k.connamespace
WHERE k.contype IN ('p', 'u', 'x', 'c', 'f', 'n') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
