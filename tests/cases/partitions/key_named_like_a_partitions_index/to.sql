CREATE TABLE visit (town text, number integer) PARTITION BY LIST (town);
CREATE TABLE visit_oslo PARTITION OF visit FOR VALUES IN ('oslo');
ALTER TABLE visit ADD UNIQUE (town, number);
-- stops
