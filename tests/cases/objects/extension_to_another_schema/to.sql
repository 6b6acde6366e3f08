CREATE SCHEMA ext;
CREATE EXTENSION hstore SCHEMA ext;
CREATE TABLE t (id int PRIMARY KEY, h ext.hstore, CHECK (h OPERATOR(ext.?) 'k'));
CREATE INDEX t_h ON t USING gin (h);
CREATE FUNCTION f(h ext.hstore) RETURNS text LANGUAGE sql AS 'SELECT h::text';
CREATE VIEW v AS SELECT id, h OPERATOR(ext.->) 'k' AS k, f(h) AS f FROM t;
CREATE TABLE u (h ext.hstore);
