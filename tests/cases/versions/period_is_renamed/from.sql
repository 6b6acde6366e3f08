-- needs 18
CREATE TABLE price (item int4range, valid tstzrange, CONSTRAINT price_key PRIMARY KEY (item, valid WITHOUT OVERLAPS));
CREATE TABLE sale (
    item int4range,
    valid tstzrange,
    CONSTRAINT a_price FOREIGN KEY (item, PERIOD valid) REFERENCES price (item, PERIOD valid)
);
INSERT INTO price VALUES ('[1,2)', '[2020-01-01,2021-01-01)');
INSERT INTO sale VALUES ('[1,2)', '[2020-02-01,2020-03-01)');
