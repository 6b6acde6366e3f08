CREATE TYPE version AS (major integer, minor integer);
CREATE FUNCTION version_equal(version, version) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).major = ($2).major';
CREATE FUNCTION version_differs(version, version) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).major <> ($2).major';
CREATE FUNCTION version_less(version, version) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).major < ($2).major';
CREATE FUNCTION version_compare(version, version) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT ($1).major - ($2).major';
