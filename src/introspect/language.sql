SELECT l.oid::int8 AS oid, l.lanname AS name, pg_get_userbyid(l.lanowner) AS owner, l.lanacl AS acl,
       l.lanpltrusted AS trusted, l.lanplcallfoid::regproc::text AS handler,
       nullif(l.laninline, 0)::regproc::text AS inline, nullif(l.lanvalidator, 0)::regproc::text AS validator
FROM pg_language l
WHERE l.oid >= 16384 AND l.lanispl
