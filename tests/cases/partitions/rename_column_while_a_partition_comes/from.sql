CREATE TABLE metric (
    id int NOT NULL,
    day date NOT NULL,
    value text
) PARTITION BY RANGE (day);
CREATE TABLE metric_1 PARTITION OF metric FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE metric_2 PARTITION OF metric FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE INDEX by_value ON metric (value);
