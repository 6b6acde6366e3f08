CREATE TABLE s (id bigserial, k integer NOT NULL, v text, PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
CREATE INDEX s_v ON s (v);
CREATE TABLE s_p0 PARTITION OF s FOR VALUES FROM (0) TO (50);
CREATE TABLE s_p1 PARTITION OF s FOR VALUES FROM (50) TO (100);
INSERT INTO s (k, v) SELECT n % 100, repeat('x', n % 7) FROM generate_series(1, 1000) AS n;
