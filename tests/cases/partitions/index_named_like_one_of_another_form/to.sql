CREATE TABLE visit (town text, number integer) PARTITION BY LIST (town);
CREATE TABLE visit_oslo PARTITION OF visit FOR VALUES IN ('oslo');
CREATE INDEX visit_town_idx ON visit (town);
