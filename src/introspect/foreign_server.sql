SELECT s.oid::int8 AS oid, s.srvname AS name, pg_get_userbyid(s.srvowner) AS owner, s.srvacl AS acl,
       w.fdwname AS wrapper, s.srvtype AS server_type, s.srvversion AS version, s.srvoptions AS options
FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
WHERE s.oid >= 16384
