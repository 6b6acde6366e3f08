-- needs 18
CREATE TABLE s (id bigint CONSTRAINT has_id NOT NULL, k int, v text);
INSERT INTO s SELECT n, n FROM generate_series(1,100) AS n;
