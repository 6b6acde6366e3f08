CREATE TABLE visit (town text NOT NULL, number integer NOT NULL) PARTITION BY LIST (town);
CREATE TABLE visit_oslo PARTITION OF visit FOR VALUES IN ('oslo');
CREATE TABLE visit_rome PARTITION OF visit FOR VALUES IN ('rome');
ALTER TABLE visit_oslo ADD CONSTRAINT oslo_only PRIMARY KEY (town, number);
-- stops
