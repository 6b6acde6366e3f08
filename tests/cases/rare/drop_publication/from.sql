-- needs 15
CREATE TABLE told (id integer PRIMARY KEY, kind text NOT NULL, note text);
CREATE TABLE kept (id integer PRIMARY KEY);
CREATE SCHEMA other;
CREATE TABLE other.far (id integer PRIMARY KEY);
CREATE TABLE fresh (id integer PRIMARY KEY);
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert, delete');
CREATE PUBLICATION few FOR TABLE told (id, kind) WHERE (kind <> 'secret'), kept, fresh WITH (publish_via_partition_root = true);
CREATE PUBLICATION placed FOR TABLES IN SCHEMA other;
CREATE PUBLICATION nothing;
COMMENT ON PUBLICATION few IS 'for the warehouse';
