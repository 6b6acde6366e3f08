-- One key goes with the index, one stays without it, one hangs below an index that becomes another.
CREATE TABLE event (id integer NOT NULL, place text NOT NULL, note text) PARTITION BY LIST (place);
CREATE TABLE event_a PARTITION OF event FOR VALUES IN ('a');
ALTER TABLE event_a ADD CONSTRAINT event_a_key PRIMARY KEY (place, id);
CREATE TABLE event_b PARTITION OF event FOR VALUES IN ('b');
ALTER TABLE event_b ADD CONSTRAINT event_b_key PRIMARY KEY (place, id);
CREATE TABLE event_c PARTITION OF event FOR VALUES IN ('c');
CREATE UNIQUE INDEX event_place ON event (place, id);
INSERT INTO event VALUES (1, 'a', 'x'), (1, 'b', 'y'), (1, 'c', 'z');
CREATE TABLE other (id integer NOT NULL, place text NOT NULL) PARTITION BY LIST (place);
CREATE TABLE other_a PARTITION OF other FOR VALUES IN ('a');
ALTER TABLE other_a ADD CONSTRAINT other_a_key UNIQUE (place, id);
CREATE UNIQUE INDEX other_place ON other (place, id);
INSERT INTO other VALUES (1, 'a');
CREATE TABLE third (id integer, place text NOT NULL) PARTITION BY LIST (place);
CREATE TABLE third_a PARTITION OF third FOR VALUES IN ('a');
ALTER TABLE third_a ADD CONSTRAINT third_a_key PRIMARY KEY (place, id);
INSERT INTO third VALUES (1, 'a');
