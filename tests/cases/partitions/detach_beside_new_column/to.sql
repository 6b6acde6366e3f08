CREATE TABLE reading (taken date NOT NULL, value integer, unit text) PARTITION BY RANGE (taken);
CREATE INDEX ON reading (taken);
CREATE TABLE reading_2025 (taken date NOT NULL, value integer);
CREATE TABLE reading_2026 PARTITION OF reading FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
