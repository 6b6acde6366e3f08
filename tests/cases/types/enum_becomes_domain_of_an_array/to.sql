CREATE DOMAIN st AS text CHECK (VALUE IN ('a', 'b'));
CREATE TABLE t (b st[]);
