CREATE COLLATION c (locale = 'POSIX');
CREATE DOMAIN name AS text COLLATE c;
CREATE TABLE t (id int PRIMARY KEY, a text COLLATE c, b text, n name);
CREATE INDEX t_a ON t (a);
CREATE INDEX t_b ON t (b COLLATE c);
CREATE VIEW v AS SELECT id, a FROM t WHERE b COLLATE c > 'm';
