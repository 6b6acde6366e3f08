SELECT t.oid::int8 AS oid, n.nspname AS schema, t.typname AS name, pg_get_userbyid(t.typowner) AS owner, t.typacl AS acl,
       t.typtype AS kind, e.labels,
       CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
       CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation
            THEN json_build_array(dn.nspname, dc.collname) END AS domain_collation,
       CASE WHEN t.typtype = 'd' THEN pg_get_expr(t.typdefaultbin, 0) END AS "default",
       t.typnotnull AS not_null,
       CASE WHEN t.typtype = 'r' THEN format_type(r.rngsubtype, NULL) END AS subtype,
       CASE WHEN NOT o.opcdefault THEN json_build_array(opn.nspname, o.opcname) END AS opclass,
       CASE WHEN r.rngcollation <> s.typcollation THEN json_build_array(rn.nspname, rc.collname) END AS range_collation,
       CASE WHEN r.rngcanonical <> 0 THEN json_build_array(cfn.nspname, cf.proname) END AS canonical,
       CASE WHEN r.rngsubdiff <> 0 THEN json_build_array(dfn.nspname, df.proname) END AS subtype_diff,
       CASE WHEN t.typtype = 'r' THEN json_build_array(mn.nspname, m.typname) END AS multirange
FROM pg_type t
JOIN pg_namespace n ON n.oid = t.typnamespace
LEFT JOIN (SELECT enumtypid, json_agg(enumlabel ORDER BY enumsortorder) AS labels FROM pg_enum GROUP BY enumtypid) e
       ON e.enumtypid = t.oid
LEFT JOIN pg_type b ON b.oid = t.typbasetype
LEFT JOIN pg_collation dc ON dc.oid = t.typcollation
LEFT JOIN pg_namespace dn ON dn.oid = dc.collnamespace
LEFT JOIN pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_type s ON s.oid = r.rngsubtype
LEFT JOIN pg_opclass o ON o.oid = r.rngsubopc
LEFT JOIN pg_namespace opn ON opn.oid = o.opcnamespace
LEFT JOIN pg_collation rc ON rc.oid = r.rngcollation
LEFT JOIN pg_namespace rn ON rn.oid = rc.collnamespace
LEFT JOIN pg_proc cf ON cf.oid = r.rngcanonical
LEFT JOIN pg_namespace cfn ON cfn.oid = cf.pronamespace
LEFT JOIN pg_proc df ON df.oid = r.rngsubdiff
LEFT JOIN pg_namespace dfn ON dfn.oid = df.pronamespace
LEFT JOIN pg_type m ON m.oid = r.rngmultitypid
LEFT JOIN pg_namespace mn ON mn.oid = m.typnamespace
WHERE t.typtype IN ('e', 'd', 'r') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
