CREATE TABLE reading (
    device int NOT NULL,
    taken int NOT NULL,
    unit text,
    PRIMARY KEY (taken, device)
) PARTITION BY RANGE (taken);

CREATE TABLE reading_1 PARTITION OF reading FOR VALUES FROM (0) TO (10);
CREATE TABLE reading_2 PARTITION OF reading FOR VALUES FROM (10) TO (20);

CREATE INDEX reading_unit ON reading (unit);
CREATE INDEX reading_lower ON reading (lower(unit));

COMMENT ON INDEX reading_1_unit_idx IS 'asked for by year';
ALTER INDEX reading_2_unit_idx SET (fillfactor = 70);
ALTER INDEX reading_2_lower_idx ALTER COLUMN 1 SET STATISTICS 200;
COMMENT ON CONSTRAINT reading_2_pkey ON reading_2 IS 'one reading each';
ALTER INDEX reading_2_pkey SET (fillfactor = 65);
ALTER TABLE reading_1 CLUSTER ON reading_1_unit_idx;

