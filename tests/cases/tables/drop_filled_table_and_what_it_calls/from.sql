CREATE SCHEMA figures;
CREATE COLLATION plain (provider = libc, locale = 'C');
CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
CREATE SEQUENCE figures.numbers START 100;
CREATE FUNCTION doubled(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE TABLE parcel (
    id integer PRIMARY KEY DEFAULT nextval('figures.numbers'),
    width integer NOT NULL DEFAULT doubled(2) CHECK (doubled(width) > 0),
    height integer,
    area integer GENERATED ALWAYS AS (doubled(width) * height) STORED,
    label text COLLATE plain DEFAULT 'none'
);
CREATE INDEX parcel_doubled ON parcel (doubled(height)) WHERE doubled(width) < 1000;
CREATE INDEX parcel_label ON parcel (label);
CREATE INDEX parcel_words ON parcel USING gin (to_tsvector('words', label));
CREATE INDEX parcel_height ON parcel (height);
COMMENT ON INDEX parcel_doubled IS 'twice';
CREATE STATISTICS figures.size ON width, height FROM parcel;
CREATE STATISTICS parcel_size ON height, label FROM parcel;
INSERT INTO parcel (height, label) VALUES (3, 'one'), (NULL, 'two');
CREATE TABLE stays (id integer PRIMARY KEY);
