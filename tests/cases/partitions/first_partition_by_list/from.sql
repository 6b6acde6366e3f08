CREATE TABLE land (id int, code varchar(3), n int, CONSTRAINT land_key UNIQUE (id, code));
CREATE UNIQUE INDEX land_lower ON land (lower(code), code, id) WHERE n > 0;
INSERT INTO land SELECT n, (ARRAY['de', 'fr', NULL])[1 + n % 3], n FROM generate_series(1, 300) AS n;
COMMENT ON CONSTRAINT land_key ON land IS 'the key';
COMMENT ON INDEX land_key IS 'its index';
