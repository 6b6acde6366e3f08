-- needs 18
CREATE TABLE price (item int4range, valid tstzrange, amount integer);
CREATE TABLE sale (item int4range, valid tstzrange);
INSERT INTO price VALUES ('[1,2)', '[2020-01-01,2021-01-01)', 5);
INSERT INTO sale VALUES ('[1,2)', '[2020-02-01,2020-03-01)');
