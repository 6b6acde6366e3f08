SELECT o.oid::int8 AS oid, n.nspname AS schema, o.opcname AS name, pg_get_userbyid(o.opcowner) AS owner,
       a.amname AS method, o.opcdefault AS is_default, format_type(o.opcintype, NULL) AS data_type,
       json_build_array(fn.nspname, f.opfname) AS family,
       CASE WHEN o.opckeytype NOT IN (0, o.opcintype) THEN format_type(o.opckeytype, NULL) END AS storage,
       (SELECT json_agg(m ORDER BY m.is_function, m.number, m."left", m."right")
        FROM (SELECT 2602 AS class, a.oid::int8 AS oid, false AS is_function, a.amopstrategy AS number,
                     format_type(a.amoplefttype, NULL) AS "left", format_type(a.amoprighttype, NULL) AS "right",
                     a.amopopr::regoperator::text AS name,
                     CASE WHEN a.amoppurpose = 'o' THEN (SELECT json_build_array(sn.nspname, s.opfname)
                          FROM pg_opfamily s JOIN pg_namespace sn ON sn.oid = s.opfnamespace
                          WHERE s.oid = a.amopsortfamily) END AS order_by
              FROM pg_depend d JOIN pg_amop a ON a.oid = d.objid
              WHERE d.classid = 'pg_amop'::regclass AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = o.oid
              UNION ALL
              SELECT 2603, p.oid::int8, true, p.amprocnum, format_type(p.amproclefttype, NULL),
                     format_type(p.amprocrighttype, NULL), p.amproc::regprocedure::text, NULL
              FROM pg_depend d JOIN pg_amproc p ON p.oid = d.objid
              WHERE d.classid = 'pg_amproc'::regclass AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = o.oid
             ) AS m) AS members
FROM pg_opclass o
JOIN pg_namespace n ON n.oid = o.opcnamespace
JOIN pg_am a ON a.oid = o.opcmethod
JOIN pg_opfamily f ON f.oid = o.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
WHERE o.oid >= 16384
