CREATE TABLE t (id int PRIMARY KEY, a json, b text, n varchar(10), m int, u uuid, d date, f boolean);
INSERT INTO t VALUES (1, '{"k": 1}', '<x/>', '7', 8, '3f333df6-90a4-4fda-8dd3-9485d27cee36', '2024-02-29', true);
INSERT INTO t VALUES (2);
