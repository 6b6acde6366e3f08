-- An array per row instead of an object, since this is by far the longest answer. Toast tables say nothing that their tables do not.
SELECT format('[%s,%s,%s,%s,%s,%s,"%s"]', d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid,
              d.deptype)
FROM pg_depend d
WHERE (d.objid >= 16384 AND d.deptype IN ('n', 'a', 'x')
       -- That a relation or function is in its schema is known from its name.
       AND NOT (d.refclassid = 'pg_namespace'::regclass AND d.classid IN ('pg_class'::regclass, 'pg_proc'::regclass)))
   OR d.deptype = 'e'
