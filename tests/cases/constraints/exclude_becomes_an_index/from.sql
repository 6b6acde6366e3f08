CREATE TABLE t (id int PRIMARY KEY, r int4range, CONSTRAINT t_r EXCLUDE USING gist (r WITH &&));
CREATE TABLE u (id int PRIMARY KEY, r int4range);
CREATE INDEX u_r ON u USING gist (r);
INSERT INTO t VALUES (1, '[1,2]');
