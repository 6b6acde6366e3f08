SELECT d.classoid::int8 AS class, d.objoid::int8 AS oid, d.objsubid AS sub, d.description AS text
FROM pg_description d
WHERE d.objoid >= 16384 OR d.classoid IN ('pg_namespace'::regclass, 'pg_extension'::regclass)
