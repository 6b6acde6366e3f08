SELECT d.oid::int8 AS oid, pg_get_userbyid(d.defaclrole) AS role, coalesce(n.nspname, '') AS schema,
       d.defaclobjtype AS class, d.defaclacl AS acl
FROM pg_default_acl d
LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
