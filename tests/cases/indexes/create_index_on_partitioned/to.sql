CREATE TABLE event (id integer NOT NULL, at date NOT NULL, body text) PARTITION BY RANGE (at);
CREATE TABLE event_2023 PARTITION OF event FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
CREATE INDEX event_id_idx ON event (id);
