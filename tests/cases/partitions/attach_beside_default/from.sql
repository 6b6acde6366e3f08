CREATE TABLE reading (id bigint NOT NULL, day date NOT NULL, value int, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE reading_rest PARTITION OF reading DEFAULT;
CREATE TABLE reading_2026 (id bigint NOT NULL, day date NOT NULL, value int, PRIMARY KEY (id, day));
INSERT INTO reading VALUES (1, '2026-03-01', 10), (2, '2020-01-01', 20);
INSERT INTO reading_2026 VALUES (3, '2026-04-01', 30);
