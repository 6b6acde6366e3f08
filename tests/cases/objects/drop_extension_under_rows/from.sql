CREATE EXTENSION hstore;
CREATE EXTENSION btree_gist;
CREATE TABLE gone (id int PRIMARY KEY, h hstore NOT NULL DEFAULT 'a=>1' CHECK (h ? 'a'), n int, EXCLUDE USING gist (n WITH =));
CREATE INDEX gone_h ON gone USING gin (h);
CREATE TABLE keyless (h hstore, n int);
CREATE TABLE keyed (id int PRIMARY KEY, h hstore[]);
INSERT INTO gone VALUES (1, 'a=>2', 3);
INSERT INTO keyless VALUES ('a=>2', 3);
INSERT INTO keyed VALUES (1, '{"a=>2"}');
