CREATE SCHEMA archive;
CREATE TABLE events (id bigint NOT NULL, at date NOT NULL, kind text DEFAULT 'x', PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE INDEX events_kind ON events (kind);
CREATE TABLE events_2024 PARTITION OF events (kind DEFAULT 'y' NOT NULL) FOR VALUES FROM ('2024-01-01') TO ('2025-01-01') PARTITION BY HASH (id);
CREATE TABLE events_2024_0 PARTITION OF events_2024 FOR VALUES WITH (modulus 2, remainder 0);
CREATE TABLE events_2024_1 PARTITION OF events_2024 FOR VALUES WITH (modulus 2, remainder 1) WITH (fillfactor = 50);
COMMENT ON TABLE events_2024_1 IS 'odd';
-- schemaplan: first-partition
CREATE TABLE archive.events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO ('2024-01-01');
CREATE TABLE events_rest PARTITION OF events (kind DEFAULT 'z', CONSTRAINT filled CHECK (kind <> '')) DEFAULT;
COMMENT ON COLUMN events_rest.kind IS 'of the rest';
CREATE INDEX events_rest_at ON events_rest (at);
CREATE TABLE countries (code text, n int) PARTITION BY LIST (code);
-- schemaplan: first-partition
CREATE TABLE countries_eu PARTITION OF countries (n DEFAULT 5) FOR VALUES IN ('de', 'fr');
CREATE TABLE countries_other PARTITION OF countries (n NOT NULL) DEFAULT;
CREATE INDEX countries_n ON ONLY countries (n);
CREATE INDEX countries_eu_n ON countries_eu (n);
ALTER INDEX countries_n ATTACH PARTITION countries_eu_n;
