-- The table itself is closed to all but superusers, and the view hides the options of others.
SELECT m.umid::int8 AS oid, CASE WHEN m.umuser = 0 THEN 'public' ELSE m.usename END AS "user", m.srvname AS server,
       m.srvid::int8 AS server_oid, m.umoptions AS options,
       (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)
       OR (m.umuser <> 0 AND m.usename = current_user
           AND (pg_has_role(s.srvowner, 'USAGE') OR has_server_privilege(s.oid, 'USAGE')))
       OR (m.umuser = 0 AND pg_has_role(s.srvowner, 'USAGE')) AS visible
FROM pg_user_mappings m JOIN pg_foreign_server s ON s.oid = m.srvid
