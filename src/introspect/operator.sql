-- Without a function it is a shell, which only holds the name that another operator gives as its commutator or negator.
SELECT o.oid::int8 AS oid, n.nspname AS schema, o.oprname AS name, pg_get_userbyid(o.oprowner) AS owner,
       CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END AS "left",
       CASE WHEN o.oprright <> 0 THEN format_type(o.oprright, NULL) END AS "right",
       o.oprcode::regproc::text AS function,
       CASE WHEN o.oprcom <> 0 THEN json_build_array(cn.nspname, c.oprname) END AS commutator,
       CASE WHEN o.oprnegate <> 0 THEN json_build_array(gn.nspname, g.oprname) END AS negator,
       nullif(o.oprrest, 0)::regproc::text AS restrict, nullif(o.oprjoin, 0)::regproc::text AS "join",
       o.oprcanhash AS hashes, o.oprcanmerge AS merges
FROM pg_operator o
JOIN pg_namespace n ON n.oid = o.oprnamespace
LEFT JOIN pg_operator c ON c.oid = o.oprcom
LEFT JOIN pg_namespace cn ON cn.oid = c.oprnamespace
LEFT JOIN pg_operator g ON g.oid = o.oprnegate
LEFT JOIN pg_namespace gn ON gn.oid = g.oprnamespace
WHERE o.oid >= 16384 AND o.oprcode <> 0
