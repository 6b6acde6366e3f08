-- Everything that may stand in a database and has no kind of its own here: class and oid for membership in extensions.
WITH granted (class, oid, acl, owner, letter) AS (
    SELECT 'pg_proc'::regclass, oid, proacl, proowner, 'f'::"char" FROM pg_proc WHERE proacl IS NOT NULL
    UNION ALL
    SELECT 'pg_class'::regclass, oid, relacl, relowner, CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END
    FROM pg_class WHERE relacl IS NOT NULL AND relnamespace <> coalesce(to_regnamespace('information_schema'), 0)
    UNION ALL
    SELECT 'pg_language'::regclass, oid, lanacl, lanowner, 'l' FROM pg_language WHERE lanacl IS NOT NULL
    UNION ALL
    SELECT 'pg_type'::regclass, oid, typacl, typowner, 'T' FROM pg_type WHERE typacl IS NOT NULL
    UNION ALL
    SELECT 'pg_namespace'::regclass, oid, nspacl, nspowner, 'n' FROM pg_namespace
    WHERE nspacl IS NOT NULL AND nspname <> 'information_schema'
    UNION ALL
    SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwacl, fdwowner, 'F'
    FROM pg_foreign_data_wrapper WHERE fdwacl IS NOT NULL
),
-- What was granted or revoked of what is the server's own or an extension's, beside what they came with.
foreigners AS (
    SELECT g.class, g.oid, g.owner, g.acl, coalesce(i.initprivs, acldefault(g.letter, g.owner)) AS before
    FROM granted g
    LEFT JOIN pg_init_privs i ON i.classoid = g.class AND i.objoid = g.oid AND i.objsubid = 0
    -- The schema public is the user's; what information_schema grants is noted nowhere.
    WHERE (g.oid < 16384 AND NOT (g.class = 'pg_namespace'::regclass AND g.oid = 2200)
           OR EXISTS (SELECT FROM pg_depend e WHERE e.deptype = 'e' AND e.classid = g.class AND e.objid = g.oid))
      AND g.acl::text[] IS DISTINCT FROM i.initprivs::text[]
),
privileges AS (
    SELECT f.class, f.oid, string_agg(p.sign || p.grantee || ' ' || p.words, ', ' ORDER BY p.grantee, p.sign, p.words) AS words
    FROM foreigners f
    CROSS JOIN LATERAL (
        SELECT d.sign, CASE WHEN d.grantee = 0 THEN 'PUBLIC' WHEN d.grantee = f.owner THEN 'its owner'
                            ELSE pg_get_userbyid(d.grantee)::text END AS grantee,
               d.privilege_type || CASE WHEN d.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS words
        FROM (SELECT '+' AS sign, x.* FROM (
                  SELECT grantee, privilege_type, is_grantable FROM aclexplode(f.acl)
                  EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode(f.before)) AS x
              UNION ALL
              SELECT '-', x.* FROM (
                  SELECT grantee, privilege_type, is_grantable FROM aclexplode(f.before)
                  EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode(f.acl)) AS x) AS d
    ) AS p
    GROUP BY f.class, f.oid
),
found (kind, name, class, oid) AS (
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
    -- Where it connects to may hold a password, and is not read.
    SELECT 'subscription', format('%I to %s%s%s', s.subname, array_to_string(s.subpublications, ', '),
                                  coalesce(format(' by slot %I', s.subslotname), ' without a slot'),
                                  CASE WHEN s.subenabled THEN '' ELSE ', disabled' END
                                  || CASE WHEN s.subbinary THEN ', binary' ELSE '' END
                                  || CASE WHEN s.subsynccommit <> 'off' THEN ', synchronous_commit ' || s.subsynccommit ELSE '' END),
           'pg_subscription'::regclass, s.oid
    FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database()
    UNION ALL
    SELECT CASE t.typtype WHEN 'p' THEN 'shell type' ELSE 'base type' END, format('%I.%I', n.nspname, t.typname),
           'pg_type'::regclass, t.oid
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE t.typtype IN ('b', 'p') AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
      AND t.oid >= 16384
    UNION ALL
    -- What a newer server may bring.
    SELECT 'relation of an unknown kind', c.oid::regclass::text, 'pg_class'::regclass, c.oid
    FROM pg_class c WHERE c.relkind NOT IN ('r', 'p', 'f', 'v', 'm', 'c', 'S', 'i', 'I', 't')
    UNION ALL
    SELECT 'object of an unknown kind', pg_describe_object(d.classid, d.objid, 0), d.classid, d.objid
    FROM (SELECT DISTINCT classid, objid FROM pg_depend
          WHERE objid >= 16384 AND classid <> ALL (ARRAY(
              SELECT k.oid FROM pg_class k WHERE k.relnamespace = 'pg_catalog'::regnamespace AND k.relname = ANY (ARRAY[
                  'pg_class', 'pg_proc', 'pg_type', 'pg_cast', 'pg_constraint', 'pg_conversion', 'pg_attrdef',
                  'pg_language', 'pg_operator', 'pg_opclass', 'pg_opfamily', 'pg_am', 'pg_amop', 'pg_amproc',
                  'pg_rewrite', 'pg_trigger', 'pg_namespace', 'pg_statistic_ext', 'pg_event_trigger', 'pg_ts_config',
                  'pg_ts_dict', 'pg_ts_parser', 'pg_ts_template', 'pg_foreign_data_wrapper', 'pg_foreign_server',
                  'pg_user_mapping', 'pg_default_acl', 'pg_extension', 'pg_policy', 'pg_publication',
                  'pg_publication_rel', 'pg_publication_namespace', 'pg_transform', 'pg_collation',
                  'pg_subscription', 'pg_largeobject']::name[])))) AS d
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
SELECT f.kind, f.name, f.class::oid::int8 AS class, f.oid::int8 AS oid
FROM found f
WHERE f.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e'
                  AND e.classid = f.class AND e.objid = f.oid)
  AND NOT EXISTS (SELECT FROM pg_depend i WHERE i.classid = f.class AND i.objid = f.oid AND i.deptype = 'i')
UNION ALL
SELECT 'privileges', format('%s: %s', pg_describe_object(p.class, p.oid, 0), p.words), p.class::oid::int8, 0
FROM privileges p
ORDER BY 1, 2
