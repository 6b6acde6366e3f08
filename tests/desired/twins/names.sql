CREATE SCHEMA app;
COMMENT ON SCHEMA app IS 'it''s ours';
CREATE SCHEMA "Odd Schema";
CREATE TABLE app.users (
  id bigint GENERATED ALWAYS AS IDENTITY,
  "createdAt" timestamptz NOT NULL DEFAULT now(),
  "a.b" text,
  "order" int,
  "say ""x""" int,
  PRIMARY KEY (id),
  CONSTRAINT "Users Key" UNIQUE ("createdAt", "order")
);
CREATE INDEX "byCreated" ON app.users ("createdAt");
CREATE INDEX "by.b" ON app.users ("a.b", "order" DESC);
CREATE TABLE "Odd Schema"."Big Table" (x int);
SET search_path = app, public;
CREATE TABLE posts (user_id bigint REFERENCES users);
CREATE TABLE public.elsewhere (post users);
