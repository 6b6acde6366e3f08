SELECT t.oid::int8 AS oid, t.tgrelid::int8 AS relation, t.tgname AS name, t.tgenabled AS firing,
       t.tgconstraint <> 0 AS "constraint", t.tgattr::int2[] AS columns, t.tgqual IS NOT NULL AS has_condition,
       pg_get_triggerdef(t.oid) AS definition
FROM pg_trigger t
WHERE NOT t.tgisinternal AND t.tgparentid = 0
