CREATE SCHEMA app;
CREATE TYPE app.tone AS ENUM ('plain', 'loud');
CREATE TABLE app.users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL
);
-- schemaplan: split from users (mail, tone, settings, "Odd one", since as begun) on users.id = user_id
CREATE TABLE app.accounts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL UNIQUE REFERENCES app.users,
    mail text NOT NULL UNIQUE,
    tone app.tone NOT NULL DEFAULT 'plain',
    settings json,
    "Odd one" uuid NOT NULL DEFAULT gen_random_uuid(),
    begun timestamptz DEFAULT now(),
    remark text
);
CREATE INDEX accounts_tone ON app.accounts (tone);
CREATE VIEW app.addresses AS SELECT users.id, mail FROM app.users JOIN app.accounts ON user_id = users.id;
