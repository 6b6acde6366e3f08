CREATE TABLE visit (id int NOT NULL, at int, place text) PARTITION BY RANGE (id);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (100);
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM (100) TO (200);
CREATE TABLE visit_3 PARTITION OF visit FOR VALUES FROM (200) TO (300) PARTITION BY LIST (at);
CREATE TABLE visit_3_a PARTITION OF visit_3 FOR VALUES IN (1);
CREATE TABLE visit_3_b PARTITION OF visit_3 DEFAULT;
CREATE TABLE visit_4 PARTITION OF visit FOR VALUES FROM (300) TO (400) PARTITION BY LIST (at);
CREATE TABLE visit_4_a PARTITION OF visit_4 DEFAULT;
-- One partition has it; of a partitioned one a part has.
CREATE INDEX visit_at ON ONLY visit (at);
CREATE INDEX visit_1_at_idx ON visit_1 (at);
ALTER INDEX visit_at ATTACH PARTITION visit_1_at_idx;
CREATE INDEX visit_3_at_idx ON ONLY visit_3 (at);
CREATE INDEX visit_3_a_at_idx ON visit_3_a (at);
ALTER INDEX visit_3_at_idx ATTACH PARTITION visit_3_a_at_idx;
ALTER INDEX visit_at ATTACH PARTITION visit_3_at_idx;
COMMENT ON INDEX visit_at IS 'when they came';
COMMENT ON INDEX visit_1_at_idx IS 'the first';
-- None has it.
CREATE INDEX visit_place ON ONLY visit (place) WITH (fillfactor = 80);
-- One has it under a name of its own, and it is unique.
CREATE UNIQUE INDEX visit_once ON ONLY visit (id, at);
CREATE UNIQUE INDEX first_once ON visit_1 (id, at);
ALTER INDEX visit_once ATTACH PARTITION first_once;
INSERT INTO visit SELECT n, n % 3, 'place ' || n FROM generate_series(0, 399) AS n;
