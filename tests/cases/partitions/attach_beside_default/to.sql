CREATE TABLE reading (id bigint NOT NULL, day date NOT NULL, value int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE reading_rest PARTITION OF reading DEFAULT;
CREATE TABLE reading_2026 PARTITION OF reading FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
