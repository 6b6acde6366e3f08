-- Column lists and row filters came with 15: before that their names are found in the row of NULLs.
SELECT t.oid::int8 AS oid, t.publication, t.relation, t.columns, pg_get_expr(t.filter, t.relation::oid) AS condition
FROM (SELECT NULL::pg_node_tree AS prqual, NULL::int2vector AS prattrs) AS absent,
     LATERAL (SELECT oid, prpubid::int8 AS publication, prrelid::int8 AS relation, prqual AS filter,
                     prattrs::int2[] AS columns
              FROM pg_publication_rel) AS t
