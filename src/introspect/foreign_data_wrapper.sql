SELECT w.oid::int8 AS oid, w.fdwname AS name, pg_get_userbyid(w.fdwowner) AS owner, w.fdwacl AS acl,
       nullif(w.fdwhandler, 0)::regproc::text AS handler, nullif(w.fdwvalidator, 0)::regproc::text AS validator,
       w.fdwoptions AS options
FROM pg_foreign_data_wrapper w
WHERE w.oid >= 16384
