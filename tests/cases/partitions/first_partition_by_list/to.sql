CREATE TABLE land (id int, code varchar(3), n int, CONSTRAINT land_key UNIQUE (id, code)) PARTITION BY LIST (code);
-- schemaplan: first-partition
CREATE TABLE land_eu PARTITION OF land FOR VALUES IN ('de', 'fr', NULL);
CREATE TABLE land_us PARTITION OF land FOR VALUES IN ('us');
CREATE TABLE land_rest PARTITION OF land DEFAULT PARTITION BY RANGE (id);
CREATE TABLE land_rest_0 PARTITION OF land_rest DEFAULT;
CREATE UNIQUE INDEX land_code ON land (code, id DESC) WHERE n > 0;
COMMENT ON CONSTRAINT land_key ON land IS 'the key';
COMMENT ON INDEX land_key IS 'its index';
