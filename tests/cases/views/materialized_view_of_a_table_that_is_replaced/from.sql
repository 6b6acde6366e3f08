CREATE TABLE events (id bigserial PRIMARY KEY, kind text NOT NULL, payload jsonb, created_at timestamptz NOT NULL DEFAULT now());
CREATE INDEX events_kind_idx ON events (kind);
CREATE INDEX events_payload_idx ON events USING gin (payload);
CREATE MATERIALIZED VIEW kinds AS SELECT kind, count(*) FROM events GROUP BY kind;
CREATE UNIQUE INDEX kinds_kind ON kinds (kind);
INSERT INTO events (kind, created_at) VALUES ('a', '2024-02-01'), ('b', '2025-02-01');
