-- needs 15
CREATE TABLE told (id integer PRIMARY KEY, kind text NOT NULL, note text);
CREATE TABLE kept (id integer PRIMARY KEY);
CREATE SCHEMA other;
CREATE TABLE other.far (id integer PRIMARY KEY);
CREATE TABLE going (id integer PRIMARY KEY);
CREATE PUBLICATION params FOR TABLE kept;
CREATE PUBLICATION few FOR TABLE told (id, kind) WHERE (kind <> 'secret'), kept, going;
CREATE PUBLICATION wide FOR TABLE told;
CREATE PUBLICATION narrow FOR ALL TABLES;
CREATE PUBLICATION placed FOR TABLES IN SCHEMA other;
COMMENT ON PUBLICATION few IS 'for the warehouse';
