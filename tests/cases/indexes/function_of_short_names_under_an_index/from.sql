-- until 16
CREATE FUNCTION half(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 / 2';
CREATE FUNCTION quarter(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT half(half($1))';
CREATE TABLE t (id int PRIMARY KEY, n int, gone int GENERATED ALWAYS AS (half(n)) STORED);
CREATE INDEX t_quarter ON t (quarter(n));
INSERT INTO t VALUES (1, 8);
