CREATE TABLE event (id integer NOT NULL, at date NOT NULL, body text) PARTITION BY RANGE (at);
CREATE TABLE event_2023 PARTITION OF event FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
CREATE INDEX event_at_idx ON event (at);
INSERT INTO event VALUES (1, '2023-05-05', 'a'), (2, '2025-05-05', 'b');
