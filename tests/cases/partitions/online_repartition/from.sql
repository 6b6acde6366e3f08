CREATE TABLE p (id bigint PRIMARY KEY);
CREATE TABLE s (id bigint, k integer NOT NULL, region text NOT NULL, p_id bigint REFERENCES p, PRIMARY KEY (id, k, region)) PARTITION BY RANGE (k);
CREATE INDEX s_p ON s (p_id);
CREATE TABLE s_p0 PARTITION OF s FOR VALUES FROM (0) TO (50);
CREATE TABLE s_p1 PARTITION OF s FOR VALUES FROM (50) TO (100);
INSERT INTO p SELECT n FROM generate_series(1, 10) AS n;
INSERT INTO s (id, k, region, p_id) SELECT n, n % 100, CASE WHEN n % 3 = 0 THEN 'eu' ELSE 'us' END, 1 + n % 10 FROM generate_series(1, 300) AS n;
