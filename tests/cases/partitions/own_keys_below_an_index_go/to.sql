CREATE TABLE event (id integer NOT NULL, place text NOT NULL, note text) PARTITION BY LIST (place);
CREATE TABLE event_a PARTITION OF event FOR VALUES IN ('a');
CREATE TABLE event_b PARTITION OF event FOR VALUES IN ('b');
ALTER TABLE event_b ADD CONSTRAINT event_b_key PRIMARY KEY (place, id);
CREATE TABLE event_c PARTITION OF event FOR VALUES IN ('c');
CREATE TABLE other (id integer NOT NULL, place text NOT NULL) PARTITION BY LIST (place);
CREATE TABLE other_a PARTITION OF other FOR VALUES IN ('a');
CREATE INDEX other_place ON other (place);
