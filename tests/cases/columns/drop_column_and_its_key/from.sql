CREATE TABLE t (id integer, d date, a integer, b text, PRIMARY KEY (id, d));
INSERT INTO t VALUES (1, '2020-01-01', 1, 'one'), (2, '2020-01-01', NULL, 'two');
