CREATE SCHEMA app;
CREATE TYPE app.tone AS ENUM ('plain', 'loud');
CREATE TABLE app.users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    mail text NOT NULL UNIQUE,
    tone app.tone NOT NULL DEFAULT 'plain',
    settings json,
    "Odd one" uuid NOT NULL DEFAULT gen_random_uuid(),
    since timestamptz DEFAULT now()
);
COMMENT ON COLUMN app.users.mail IS 'where to write to';
CREATE INDEX users_tone ON app.users (tone, name);
CREATE VIEW app.addresses AS SELECT id, mail FROM app.users;
INSERT INTO app.users (name, mail, tone, settings) SELECT 'n' || n, 'm' || n, CASE WHEN n % 2 = 0 THEN 'loud' ELSE 'plain' END::app.tone, json_build_object('n', n) FROM generate_series(1, 40) AS n;
