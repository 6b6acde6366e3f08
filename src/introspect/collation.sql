-- The locale of an ICU collation moved: collcollate up to 14, colliculocale in 15 and 16, colllocale since 17.
SELECT c.oid::int8 AS oid, n.nspname AS schema, c.collname AS name, pg_get_userbyid(c.collowner) AS owner,
       CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS provider,
       CASE WHEN c.collprovider = 'c' THEN c.collcollate END AS lc_collate,
       CASE WHEN c.collprovider = 'c' THEN c.collctype END AS lc_ctype,
       CASE WHEN c.collprovider <> 'c'
            THEN coalesce(to_jsonb(c) ->> 'colllocale', to_jsonb(c) ->> 'colliculocale', c.collcollate) END AS locale,
       to_jsonb(c) ->> 'collicurules' AS rules,
       c.collisdeterministic AS deterministic
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
