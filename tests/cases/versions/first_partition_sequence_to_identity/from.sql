-- needs 17
CREATE TABLE s (id bigserial, k int NOT NULL, v text, PRIMARY KEY (id, k));
INSERT INTO s (k) SELECT n FROM generate_series(1,100) AS n;
