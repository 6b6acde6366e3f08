CREATE TABLE s (id bigint PRIMARY KEY, k int NOT NULL);
CREATE TABLE c (s_id bigint REFERENCES s (id), k int);
INSERT INTO s SELECT n, n FROM generate_series(1,200) AS n;
INSERT INTO c SELECT n, n FROM generate_series(1,200) AS n;
