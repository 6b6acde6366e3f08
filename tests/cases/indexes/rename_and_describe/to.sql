CREATE TABLE parcel (
    id int,
    weight int,
    note text,
    -- schemaplan: renamed from parcel_key
    CONSTRAINT parcel_pk PRIMARY KEY (id),
    -- schemaplan: renamed from parcel_weight
    CONSTRAINT has_weight CHECK (weight > 0)
);
-- schemaplan: renamed from by_weight
CREATE INDEX parcel_by_weight ON parcel (weight);
-- schemaplan: renamed from by_note
CREATE INDEX parcel_by_note ON parcel (note);
COMMENT ON INDEX parcel_by_weight IS 'light first';
COMMENT ON INDEX parcel_by_note IS 'asked for at the counter';
COMMENT ON INDEX parcel_pk IS 'index of the key';
COMMENT ON CONSTRAINT has_weight ON parcel IS 'in grams';

CREATE TABLE scan (
    parcel int NOT NULL,
    day int NOT NULL,
    -- schemaplan: renamed from scan_key
    CONSTRAINT scan_pk PRIMARY KEY (day, parcel)
) PARTITION BY RANGE (day);
CREATE TABLE scan_1 PARTITION OF scan FOR VALUES FROM (0) TO (10);
-- schemaplan: renamed from by_parcel
CREATE INDEX scan_by_parcel ON scan (parcel);
COMMENT ON INDEX scan_1_parcel_idx IS 'of the first days';
COMMENT ON CONSTRAINT scan_1_pkey ON scan_1 IS 'once a day';
