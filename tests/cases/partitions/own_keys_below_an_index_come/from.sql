-- A partition's own key, one that is there and one that comes, and an index of the parent that takes them.
CREATE TABLE event (id integer NOT NULL, place text NOT NULL, note text) PARTITION BY LIST (place);
CREATE TABLE event_a PARTITION OF event FOR VALUES IN ('a');
CREATE TABLE event_b PARTITION OF event FOR VALUES IN ('b');
ALTER TABLE event_b ADD CONSTRAINT event_b_key PRIMARY KEY (place, id);
CREATE TABLE event_c PARTITION OF event FOR VALUES IN ('c');
CREATE INDEX event_kept ON event (note);
INSERT INTO event VALUES (1, 'a', 'x'), (1, 'b', 'y'), (1, 'c', 'z');
