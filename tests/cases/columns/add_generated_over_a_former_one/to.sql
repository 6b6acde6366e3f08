CREATE TABLE parcel (width integer, area integer, cost integer GENERATED ALWAYS AS (area + 1) STORED);
