-- One text per row, since this is by far the longest answer. Toast tables say nothing that their tables do not.
SELECT concat_ws(' ', d.classid::int8, d.objid::int8, d.objsubid, d.refclassid::int8, d.refobjid::int8, d.refobjsubid, d.deptype)
FROM pg_depend d
WHERE (d.objid >= 16384 AND d.deptype IN ('n', 'a', 'x')) OR d.deptype = 'e'
