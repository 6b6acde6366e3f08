-- Everything that may stand in a database and has no kind of its own here: class and oid for membership in extensions.
WITH found (kind, name, class, oid) AS (
    SELECT 'cast', format('(%s AS %s)', format_type(castsource, NULL), format_type(casttarget, NULL)),
           'pg_cast'::regclass, oid FROM pg_cast
    UNION ALL
    SELECT 'operator', o.oid::regoperator::text, 'pg_operator'::regclass, o.oid FROM pg_operator o WHERE o.oid >= 16384
    UNION ALL
    SELECT 'operator class', format('%I.%I USING %s', n.nspname, o.opcname, a.amname), 'pg_opclass'::regclass, o.oid
    FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace JOIN pg_am a ON a.oid = o.opcmethod
    UNION ALL
    SELECT 'operator family', format('%I.%I USING %s', n.nspname, o.opfname, a.amname), 'pg_opfamily'::regclass, o.oid
    FROM pg_opfamily o JOIN pg_namespace n ON n.oid = o.opfnamespace JOIN pg_am a ON a.oid = o.opfmethod
    UNION ALL
    SELECT 'conversion', format('%I.%I', n.nspname, c.conname), 'pg_conversion'::regclass, c.oid
    FROM pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace
    UNION ALL
    SELECT 'text search configuration', format('%I.%I', n.nspname, c.cfgname), 'pg_ts_config'::regclass, c.oid
    FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace
    UNION ALL
    SELECT 'text search dictionary', format('%I.%I', n.nspname, c.dictname), 'pg_ts_dict'::regclass, c.oid
    FROM pg_ts_dict c JOIN pg_namespace n ON n.oid = c.dictnamespace
    UNION ALL
    SELECT 'text search parser', format('%I.%I', n.nspname, c.prsname), 'pg_ts_parser'::regclass, c.oid
    FROM pg_ts_parser c JOIN pg_namespace n ON n.oid = c.prsnamespace
    UNION ALL
    SELECT 'text search template', format('%I.%I', n.nspname, c.tmplname), 'pg_ts_template'::regclass, c.oid
    FROM pg_ts_template c JOIN pg_namespace n ON n.oid = c.tmplnamespace
    UNION ALL
    SELECT 'language', lanname::text, 'pg_language'::regclass, oid FROM pg_language
    UNION ALL
    SELECT 'publication', pubname::text, 'pg_publication'::regclass, oid FROM pg_publication
    UNION ALL
    SELECT 'subscription', s.subname::text, 'pg_subscription'::regclass, s.oid
    FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid AND d.datname = current_database()
    UNION ALL
    SELECT 'event trigger', evtname::text, 'pg_event_trigger'::regclass, oid FROM pg_event_trigger
    UNION ALL
    SELECT 'foreign data wrapper', fdwname::text, 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper
    UNION ALL
    SELECT 'foreign server', srvname::text, 'pg_foreign_server'::regclass, oid FROM pg_foreign_server
    UNION ALL
    SELECT 'user mapping', format('%s SERVER %s', usename, srvname), 'pg_user_mapping'::regclass, umid
    FROM pg_user_mappings
    UNION ALL
    SELECT 'access method', amname::text, 'pg_am'::regclass, oid FROM pg_am
    UNION ALL
    SELECT 'transform', format('FOR %s LANGUAGE %s', format_type(t.trftype, NULL), l.lanname), 'pg_transform'::regclass,
           t.oid
    FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang
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
