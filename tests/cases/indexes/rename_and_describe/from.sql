CREATE TABLE parcel (
    id int,
    weight int,
    note text,
    CONSTRAINT parcel_key PRIMARY KEY (id),
    CONSTRAINT parcel_weight CHECK (weight > 0)
);
CREATE INDEX by_weight ON parcel (weight);
CREATE INDEX by_note ON parcel (note);
COMMENT ON INDEX by_weight IS 'heavy first';
COMMENT ON INDEX parcel_key IS 'the index';
COMMENT ON CONSTRAINT parcel_key ON parcel IS 'the key';

CREATE TABLE scan (
    parcel int NOT NULL,
    day int NOT NULL,
    CONSTRAINT scan_key PRIMARY KEY (day, parcel)
) PARTITION BY RANGE (day);
CREATE TABLE scan_1 PARTITION OF scan FOR VALUES FROM (0) TO (10);
CREATE INDEX by_parcel ON scan (parcel);
COMMENT ON INDEX scan_1_parcel_idx IS 'of the first';
