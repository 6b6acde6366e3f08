CREATE TYPE addr AS (street text, zip varchar(5));
CREATE TABLE t (id int PRIMARY KEY, home addr DEFAULT ROW('x', '1')::addr, old addr[] DEFAULT ARRAY[ROW('y', '2')::addr]);
INSERT INTO t (id) VALUES (1);
