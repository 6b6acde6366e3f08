SELECT d.refclassid::int8 AS of_class, d.refobjid::int8 AS of, 2602 AS class, a.oid::int8 AS oid,
       false AS is_function, a.amopstrategy AS number,
       format_type(a.amoplefttype, NULL) AS "left", format_type(a.amoprighttype, NULL) AS "right",
       a.amopopr::regoperator::text AS name,
       CASE WHEN a.amoppurpose = 'o' THEN (SELECT json_build_array(n.nspname, s.opfname)
            FROM pg_opfamily s JOIN pg_namespace n ON n.oid = s.opfnamespace
            WHERE s.oid = a.amopsortfamily) END AS order_by
FROM pg_depend d
JOIN pg_amop a ON a.oid = d.objid
WHERE d.classid = 'pg_amop'::regclass AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
  AND d.refobjid >= 16384
UNION ALL
SELECT d.refclassid::int8, d.refobjid::int8, 2603, p.oid::int8, true, p.amprocnum,
       format_type(p.amproclefttype, NULL), format_type(p.amprocrighttype, NULL), p.amproc::regprocedure::text, NULL
FROM pg_depend d
JOIN pg_amproc p ON p.oid = d.objid
WHERE d.classid = 'pg_amproc'::regclass AND d.refclassid IN ('pg_opclass'::regclass, 'pg_opfamily'::regclass)
  AND d.refobjid >= 16384
