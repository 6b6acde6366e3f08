CREATE TYPE grade AS ENUM ('a', 'b', 'c');
CREATE TYPE grades AS RANGE (subtype = grade);
CREATE DOMAIN amount AS integer;
CREATE TYPE amounts AS RANGE (subtype = amount);
CREATE TABLE t (id integer PRIMARY KEY, r grades, m grades_multirange, g grade, a amounts DEFAULT '[1,2)');
INSERT INTO t VALUES (1, '[a,b]', '{[a,a],[b,b]}', 'a', '[3,4)');
