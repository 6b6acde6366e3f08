CREATE TABLE reading (id integer, at date, place text, note text DEFAULT 'none', PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE reading_2020 PARTITION OF reading FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY LIST (id);
CREATE TABLE reading_2020_one PARTITION OF reading_2020 FOR VALUES IN (1, 2);
CREATE TABLE reading_2020_rest PARTITION OF reading_2020 DEFAULT;
CREATE TABLE reading_rest PARTITION OF reading DEFAULT;
INSERT INTO reading VALUES (1, '2020-02-01', 'here', NULL), (3, '2020-02-01', NULL, 'three'), (4, '2022-01-01', 'there', 'four');
