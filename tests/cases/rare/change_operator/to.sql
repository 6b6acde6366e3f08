CREATE TYPE version AS (major integer, minor integer);
CREATE FUNCTION version_equal(version, version) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).major = ($2).major';
CREATE FUNCTION version_differs(version, version) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).major <> ($2).major';
CREATE FUNCTION version_less(version, version) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT ($1).major < ($2).major';
CREATE FUNCTION version_compare(version, version) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT ($1).major - ($2).major';
CREATE OPERATOR = (LEFTARG = version, RIGHTARG = version, FUNCTION = version_equal, COMMUTATOR = =, NEGATOR = <>, RESTRICT = eqsel, HASHES, MERGES);
CREATE OPERATOR <> (LEFTARG = version, RIGHTARG = version, FUNCTION = version_differs, COMMUTATOR = <>, NEGATOR = =);
CREATE OPERATOR < (LEFTARG = version, RIGHTARG = version, FUNCTION = version_less, RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR FAMILY numbers USING btree;
ALTER OPERATOR FAMILY numbers USING btree ADD OPERATOR 1 < (int4, int2), FUNCTION 1 (int4, int2) btint42cmp(int4, int2);
COMMENT ON OPERATOR FAMILY numbers USING btree IS 'mixed';
CREATE OPERATOR === (LEFTARG = version, RIGHTARG = version, FUNCTION = version_differs);
CREATE OPERATOR CLASS version_ops DEFAULT FOR TYPE version USING btree AS
    OPERATOR 1 <, OPERATOR 3 =, FUNCTION 1 version_compare(version, version);
CREATE TABLE released (id integer PRIMARY KEY, v version);
CREATE INDEX released_v ON released (v version_ops);
-- stops
