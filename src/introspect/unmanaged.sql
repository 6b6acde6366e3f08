-- Everything that may stand in a database and has no kind of its own here: class and oid for membership in extensions.
WITH found (kind, name, class, oid) AS (
    SELECT 'shell operator', o.oid::regoperator::text, 'pg_operator'::regclass, o.oid
    FROM pg_operator o WHERE o.oprcode = 0
    UNION ALL
    -- The server's own families are pinned: nothing is ever said to depend on them.
    SELECT 'member of a built-in operator family', pg_describe_object('pg_amop'::regclass, m.oid, 0),
           'pg_amop'::regclass, m.oid
    FROM pg_amop m WHERE m.amopfamily < 16384 AND m.oid >= 16384
    UNION ALL
    SELECT 'member of a built-in operator family', pg_describe_object('pg_amproc'::regclass, m.oid, 0),
           'pg_amproc'::regclass, m.oid
    FROM pg_amproc m WHERE m.amprocfamily < 16384 AND m.oid >= 16384
    UNION ALL
    SELECT 'subscription', s.subname::text, 'pg_subscription'::regclass, s.oid
    FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database()
    UNION ALL
    SELECT CASE t.typtype WHEN 'p' THEN 'shell type' ELSE 'base type' END, format('%I.%I', n.nspname, t.typname),
           'pg_type'::regclass, t.oid
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('b', 'p') AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
      AND t.oid >= 16384
    UNION ALL
    SELECT 'security label', format('%s: %s', provider, pg_describe_object(classoid, objoid, objsubid)), 'pg_seclabel'::regclass, objoid
    FROM pg_seclabel
    UNION ALL
    SELECT 'setting', CASE WHEN s.setrole = 0 THEN format('of the database: %s', c)
                           ELSE format('of role %s in the database: %s', pg_get_userbyid(s.setrole), c) END,
           'pg_db_role_setting'::regclass, s.setdatabase
    FROM pg_db_role_setting s
    JOIN pg_database d ON d.oid = s.setdatabase AND d.datname = current_database()
    CROSS JOIN unnest(s.setconfig) AS c
)
SELECT f.kind, f.name
FROM found f
WHERE f.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e'
                  AND e.classid = f.class AND e.objid = f.oid)
  AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = f.class AND i.objid = f.oid AND i.deptype = 'i')
ORDER BY 1, 2
