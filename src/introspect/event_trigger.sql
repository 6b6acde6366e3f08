SELECT e.oid::int8 AS oid, e.evtname AS name, pg_get_userbyid(e.evtowner) AS owner, e.evtevent AS event,
       coalesce(e.evttags, '{}') AS tags, e.evtfoid::regproc::text AS function, e.evtenabled AS firing
FROM pg_event_trigger e
