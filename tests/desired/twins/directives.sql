-- schemaplan: renamed from application
CREATE SCHEMA app;
SET search_path = app, public;
-- schemaplan: using case when $1 = 'x' then 'happy' end
CREATE TYPE mood AS ENUM (
  -- schemaplan: renamed from 'it''s fine'
  'happy',
  'sad',
  -- schemaplan: renamed from 'meh'
  -- schemaplan: keep-label
  'so so'
);
-- schemaplan: renamed from couple
CREATE TYPE pair AS (
  -- schemaplan: renamed from x
  a int, b int);
-- schemaplan: renamed from "Old Users"
-- schemaplan: depends on function app.f()
-- schemaplan: depends on type mood
-- schemaplan: strategy online
-- schemaplan: allow drops-data
-- schemaplan: allow rewrites-table
-- schemaplan: discard
-- schemaplan: hot
CREATE TABLE users (
  -- schemaplan: renamed from "userId"
  id bigint,
  -- schemaplan: strategy direct
  -- schemaplan: backfill coalesce ( id :: text , 'it''s; none' )
  -- schemaplan: using id::text
  -- schemaplan: reverse email::bigint
  email text NOT NULL,
  -- schemaplan: emulate-generated
  total int GENERATED ALWAYS AS (id::int + 1) STORED,
  -- schemaplan: ignore
  gone int,
  -- schemaplan: renamed from accounts.moved
  -- schemaplan: no-live-readers
  moved int,
  checked int
  -- schemaplan: renamed from c0
  CONSTRAINT c1 CHECK (checked > 0),
  -- schemaplan: renamed from users_pk
  CONSTRAINT pk PRIMARY KEY (id)
);
-- schemaplan: renamed from older
ALTER TABLE users ADD CONSTRAINT later CHECK (id > 0) NOT VALID;
-- schemaplan: renamed from old_index
CREATE UNIQUE INDEX users_email ON users (email);
-- schemaplan: split from users (street) on user_id = users.id
-- schemaplan: merge from addresses (house as number) on user_id = addresses.user_id
CREATE TABLE streets (user_id bigint PRIMARY KEY, street text, number int);
-- schemaplan: renamed from w
CREATE VIEW v AS SELECT id FROM users;
-- schemaplan: renamed from g
-- schemaplan: depends on table app.streets
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'select 1';
-- schemaplan: ignore
CREATE SEQUENCE ignored;
-- schemaplan: discard table app.old
-- schemaplan: discard column app.users.dropped
-- schemaplan: renamed from s0
CREATE SEQUENCE s1;
CREATE TABLE raw (
  -- schemaplan: backfill 0
  a int NOT NULL
);
