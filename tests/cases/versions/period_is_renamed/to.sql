-- needs 18
CREATE TABLE price (item int4range, valid tstzrange, CONSTRAINT price_key PRIMARY KEY (item, valid WITHOUT OVERLAPS));
CREATE TABLE sale (
    item int4range,
    -- schemaplan: renamed from valid
    during tstzrange,
    CONSTRAINT a_price FOREIGN KEY (item, PERIOD during) REFERENCES price (item, PERIOD valid)
);
