-- needs 15
CREATE TABLE told (id integer PRIMARY KEY, kind varchar(20) NOT NULL, note text, extra integer);
CREATE TABLE kept (id integer PRIMARY KEY);
CREATE SCHEMA other;
CREATE TABLE other.far (id integer PRIMARY KEY);
CREATE TABLE come (id integer PRIMARY KEY);
CREATE PUBLICATION params FOR TABLE kept WITH (publish = 'insert', publish_via_partition_root = true);
CREATE PUBLICATION few FOR TABLE told (id, kind, extra) WHERE (kind <> 'hidden'), come;
CREATE PUBLICATION wide FOR ALL TABLES;
CREATE PUBLICATION narrow FOR TABLE kept;
CREATE PUBLICATION placed FOR TABLES IN SCHEMA public;
COMMENT ON PUBLICATION few IS 'for everybody';
