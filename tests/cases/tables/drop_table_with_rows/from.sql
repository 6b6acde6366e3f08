CREATE TABLE keep (id integer PRIMARY KEY);
INSERT INTO keep VALUES (1);
CREATE TABLE gone (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL DEFAULT 'x', extra jsonb);
INSERT INTO gone (body, extra) VALUES ('a', '{"k": 1}'), ('b', NULL);
CREATE INDEX gone_body_idx ON gone (lower(body));
COMMENT ON TABLE gone IS 'will go';
