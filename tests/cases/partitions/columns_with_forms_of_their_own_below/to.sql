CREATE TABLE reading (id int, at date, weight int NOT NULL DEFAULT 1) PARTITION BY RANGE (at);
CREATE TABLE reading_2024 PARTITION OF reading FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE reading_2025 PARTITION OF reading (weight DEFAULT 2) FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
COMMENT ON COLUMN reading_2025.weight IS 'doubled';
CREATE TABLE place (name text, note text);
CREATE TABLE town (mayor text) INHERITS (place);
ALTER TABLE town ALTER note SET DEFAULT 'town', ALTER note SET STORAGE EXTERNAL;
