SELECT c.oid::int8 AS oid, n.nspname AS schema, c.cfgname AS name, pg_get_userbyid(c.cfgowner) AS owner,
       json_build_array(pn.nspname, p.prsname) AS parser,
       (SELECT json_agg(json_build_array(t.alias, m.dictionaries) ORDER BY t.tokid)
        FROM (SELECT maptokentype, json_agg(mapdict::regdictionary::text ORDER BY mapseqno) AS dictionaries
              FROM pg_ts_config_map WHERE mapcfg = c.oid GROUP BY maptokentype) AS m
        JOIN ts_token_type(c.cfgparser) AS t ON t.tokid = m.maptokentype) AS mappings
FROM pg_ts_config c
JOIN pg_namespace n ON n.oid = c.cfgnamespace
JOIN pg_ts_parser p ON p.oid = c.cfgparser
JOIN pg_namespace pn ON pn.oid = p.prsnamespace
WHERE c.oid >= 16384
