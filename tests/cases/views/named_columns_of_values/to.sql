CREATE TABLE t (a int);
CREATE VIEW v (x, "Y y", column3) AS VALUES (1, 'a (b)', true), (2, 'c', false);
