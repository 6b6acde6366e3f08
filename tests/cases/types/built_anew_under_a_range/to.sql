CREATE TYPE grade AS ENUM ('a', 'b');
CREATE TYPE grades AS RANGE (subtype = grade);
CREATE DOMAIN amount AS bigint;
CREATE TYPE amounts AS RANGE (subtype = amount);
CREATE TABLE t (id integer PRIMARY KEY, r grades, m grades_multirange, g grade, a amounts DEFAULT '[1,2)');
