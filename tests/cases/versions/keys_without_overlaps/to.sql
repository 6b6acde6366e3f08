-- needs 18
CREATE TABLE price (
    item int4range,
    valid tstzrange,
    amount integer,
    CONSTRAINT price_key PRIMARY KEY (item, valid WITHOUT OVERLAPS)
);
CREATE TABLE sale (
    item int4range,
    valid tstzrange,
    CONSTRAINT a_price FOREIGN KEY (item, PERIOD valid) REFERENCES price (item, PERIOD valid)
);
