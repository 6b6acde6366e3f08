CREATE TYPE mood AS ENUM (
    'sad',
    -- schemaplan: renamed from 'fine'
    -- schemaplan: keep-label
    'good',
    'happy'
);
CREATE TABLE person (
    id integer PRIMARY KEY,
    m mood NOT NULL DEFAULT 'good',
    past mood[]
);
CREATE TABLE day (at date PRIMARY KEY, felt mood);
