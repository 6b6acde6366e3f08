SELECT s.oid::int8 AS oid, s.pnpubid::int8 AS publication, s.pnnspid::int8 AS schema, n.nspname AS name
FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid
