CREATE TABLE parcel (width integer, area integer GENERATED ALWAYS AS (width * 2) STORED);
