SELECT s.oid::int8 AS oid, n.nspname AS schema, s.stxname AS name, pg_get_userbyid(s.stxowner) AS owner,
       s.stxrelid::int8 AS relation, pg_get_statisticsobjdef(s.oid) AS definition, s.stxkeys::int2[] AS columns,
       nullif(s.stxstattarget, -1) AS target
FROM pg_statistic_ext s
JOIN pg_namespace n ON n.oid = s.stxnamespace
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
