CREATE DOMAIN e AS text CHECK (VALUE IN ('a', 'b'));
CREATE TABLE t (id int PRIMARY KEY, m e);
