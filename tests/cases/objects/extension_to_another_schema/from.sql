CREATE SCHEMA ext;
CREATE EXTENSION hstore;
CREATE TABLE t (id int PRIMARY KEY, h hstore, CHECK (h ? 'k'));
CREATE INDEX t_h ON t USING gin (h);
CREATE FUNCTION f(h hstore) RETURNS text LANGUAGE sql AS 'SELECT h::text';
CREATE VIEW v AS SELECT id, h -> 'k' AS k, f(h) AS f FROM t;
INSERT INTO t VALUES (1, 'k=>1');
