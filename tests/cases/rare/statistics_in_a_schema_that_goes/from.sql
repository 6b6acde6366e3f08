CREATE SCHEMA figures;
CREATE TABLE parcel (width integer, height integer);
CREATE STATISTICS figures.size ON width, height FROM parcel;
