CREATE TABLE t (id int PRIMARY KEY, r int4range);
CREATE INDEX t_r ON t USING gist (r);
CREATE TABLE u (id int PRIMARY KEY, r int4range, CONSTRAINT u_r EXCLUDE USING gist (r WITH &&));
