CREATE TABLE t (id int PRIMARY KEY, a jsonb, b xml, n int, m varchar(10), u text, d text, f text);
