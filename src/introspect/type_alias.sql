-- Types that only stand for another object: row types, arrays, multiranges.
SELECT t.oid::int8 AS oid, t.typrelid::int8 AS relation, coalesce(e.oid, r.rngtypid, 0)::int8 AS type
FROM pg_type t
LEFT JOIN pg_type e ON e.typarray = t.oid
LEFT JOIN pg_range r ON r.rngmultitypid = t.oid
WHERE t.oid >= 16384 AND (t.typrelid <> 0 OR e.oid IS NOT NULL OR r.rngtypid IS NOT NULL)
