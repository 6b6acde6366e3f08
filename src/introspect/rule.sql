SELECT r.oid::int8 AS oid, r.ev_class::int8 AS relation, r.rulename AS name, r.ev_enabled AS firing,
       r.rulename = '_RETURN' AS is_view,
       CASE WHEN r.rulename <> '_RETURN' THEN pg_get_ruledef(r.oid) END AS definition
FROM pg_rewrite r
WHERE r.oid >= 16384
