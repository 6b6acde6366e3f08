SELECT p.oid::int8 AS oid, n.nspname AS schema, p.proname AS name, pg_get_userbyid(p.proowner) AS owner, p.proacl AS acl,
       p.prokind AS kind, oidvectortypes(p.proargtypes) AS signature,
       CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END AS definition,
       CASE WHEN p.prokind IN ('f', 'w') THEN pg_get_function_result(p.oid) END AS result,
       CASE WHEN p.prokind = 'a' THEN pg_get_function_arguments(p.oid) END AS arguments,
       l.lanname AS language, p.prosrc AS source, p.pronargdefaults AS defaults,
       p.proargnames AS names, p.proargmodes::text[] AS modes,
       ARRAY(SELECT format_type(a.type, NULL)
             FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS a (type, position)
             ORDER BY a.position) AS types,
       CASE WHEN p.prokind = 'a' THEN json_build_object(
           'sfunc', g.aggtransfn::regproc::text, 'stype', format_type(g.aggtranstype, NULL), 'sspace', g.aggtransspace,
           'finalfunc', nullif(g.aggfinalfn, 0)::regproc::text, 'finalfunc_extra', g.aggfinalextra,
           'finalfunc_modify', g.aggfinalmodify, 'combinefunc', nullif(g.aggcombinefn, 0)::regproc::text,
           'serialfunc', nullif(g.aggserialfn, 0)::regproc::text,
           'deserialfunc', nullif(g.aggdeserialfn, 0)::regproc::text, 'initcond', g.agginitval,
           'msfunc', nullif(g.aggmtransfn, 0)::regproc::text, 'minvfunc', nullif(g.aggminvtransfn, 0)::regproc::text,
           'mstype', CASE WHEN g.aggmtranstype <> 0 THEN format_type(g.aggmtranstype, NULL) END,
           'msspace', g.aggmtransspace, 'mfinalfunc', nullif(g.aggmfinalfn, 0)::regproc::text,
           'mfinalfunc_extra', g.aggmfinalextra, 'mfinalfunc_modify', g.aggmfinalmodify, 'minitcond', g.aggminitval,
           'sortop', CASE WHEN g.aggsortop <> 0 THEN (SELECT json_build_array(sn.nspname, o.oprname)
               FROM pg_operator o JOIN pg_namespace sn ON sn.oid = o.oprnamespace WHERE o.oid = g.aggsortop) END,
           'parallel', p.proparallel, 'kind', g.aggkind) END AS aggregate
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_aggregate g ON g.aggfnoid = p.oid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e'
                  AND e.classid = 'pg_proc'::regclass AND e.objid = p.oid)
  -- Constructors of ranges come and go with their type.
  AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = 'pg_proc'::regclass AND i.objid = p.oid AND i.deptype = 'i')
