CREATE TABLE metric (
    id int NOT NULL,
    day date NOT NULL,
    -- schemaplan: renamed from value
    amount text
) PARTITION BY RANGE (day);
CREATE TABLE metric_2 PARTITION OF metric FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE metric_3 PARTITION OF metric FOR VALUES FROM ('2022-01-01') TO ('2023-01-01');
CREATE INDEX by_value ON metric (amount);
CREATE INDEX by_amount ON metric (amount, id);
