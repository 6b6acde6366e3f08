CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE TYPE c AS (x e, y e[], z int);
CREATE DOMAIN d AS e CHECK (VALUE <> 'a');
CREATE DOMAIN dc AS c;
CREATE TABLE t (id int PRIMARY KEY, c1 c, c2 c[], d1 d DEFAULT 'b', e1 e DEFAULT 'b', e2 e[]);
INSERT INTO t VALUES (1, ('a','{b}',1), ARRAY[('a','{b}',1)::c], 'b', 'b', '{a,b}');
CREATE VIEW v AS SELECT (c1).x, d1 FROM t;
CREATE FUNCTION f(c) RETURNS e LANGUAGE sql AS 'SELECT $1.x';
