CREATE TABLE reading (id integer PRIMARY KEY, half integer, whole varchar(20) DEFAULT 'none' NOT NULL CHECK (whole <> ''));
CREATE INDEX reading_whole ON reading (whole varchar_pattern_ops);
CREATE UNIQUE INDEX reading_whole_half ON reading (half, whole);
