CREATE TABLE gone (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
GRANT SELECT ON gone TO pg_monitor;
GRANT SELECT (note), UPDATE (note) ON gone TO pg_read_all_stats;
GRANT USAGE ON SEQUENCE gone_id_seq TO pg_monitor;
COMMENT ON SEQUENCE gone_id_seq IS 'numbers of what goes';
CREATE TABLE stays (id integer);
