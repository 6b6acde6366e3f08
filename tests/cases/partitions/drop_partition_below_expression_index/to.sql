CREATE TABLE reading (
    device int NOT NULL,
    taken int NOT NULL,
    unit text,
    PRIMARY KEY (taken, device)
) PARTITION BY RANGE (taken);

CREATE TABLE reading_1 PARTITION OF reading FOR VALUES FROM (0) TO (10);

CREATE INDEX reading_unit ON reading (unit);
CREATE INDEX reading_lower ON reading (lower(unit));

COMMENT ON INDEX reading_1_unit_idx IS 'asked for by year';
ALTER TABLE reading_1 CLUSTER ON reading_1_unit_idx;

