-- needs 17
CREATE TABLE s (id bigint GENERATED ALWAYS AS IDENTITY (START 10), k int NOT NULL, v text, PRIMARY KEY (id, k));
COMMENT ON COLUMN s.id IS 'n';
INSERT INTO s (k) SELECT n FROM generate_series(1,100) AS n;
