SELECT t.oid::int8 AS oid, t.tgrelid::int8 AS relation, t.tgname AS name, t.tgenabled AS firing,
       t.tgconstraint <> 0 AS "constraint", t.tgattr::int2[] AS columns, t.tgqual IS NOT NULL AS has_condition,
       t.tgparentid::int8 AS parent, CASE WHEN t.tgparentid = 0 THEN pg_get_triggerdef(t.oid) END AS definition
FROM pg_trigger t
-- The clones on partitions count as internal up to 14; those of foreign keys have another table.
WHERE CASE t.tgparentid WHEN 0 THEN NOT t.tgisinternal ELSE t.tgconstrrelid = 0 END
