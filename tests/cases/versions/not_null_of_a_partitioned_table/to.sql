-- needs 18
CREATE TABLE event (id integer, a integer CONSTRAINT a_needed NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
