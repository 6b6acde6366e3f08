CREATE TYPE addr AS (street text, zip text, country text);
CREATE TABLE t (id int PRIMARY KEY, home addr DEFAULT ROW('x', '1', 'de')::addr, old addr[] DEFAULT ARRAY[ROW('y', '2', 'at')::addr]);
