-- The journal, format 1. Everything may run again on a database that has some of it.
CREATE SCHEMA IF NOT EXISTS schemaplan;
CREATE SCHEMA IF NOT EXISTS schemaplan_archive;
CREATE TABLE IF NOT EXISTS schemaplan.format (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    version integer NOT NULL);
CREATE TABLE IF NOT EXISTS schemaplan.lease (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    owner text,
    token bigint NOT NULL DEFAULT 0,
    pid integer,
    backend_start timestamptz,
    heartbeat_at timestamptz,
    expires_at timestamptz NOT NULL DEFAULT '-infinity');
INSERT INTO schemaplan.lease DEFAULT VALUES ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS schemaplan.plan (
    run_no bigserial PRIMARY KEY,
    plan_id text NOT NULL,
    body jsonb NOT NULL,
    format_version integer NOT NULL,
    tool_version text NOT NULL,
    state text NOT NULL CHECK (state IN ('new', 'expanded', 'migrated', 'contracted', 'undone')),
    after bigint REFERENCES schemaplan.plan,
    who text NOT NULL DEFAULT session_user,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    pause boolean NOT NULL DEFAULT false);
CREATE TABLE IF NOT EXISTS schemaplan.step (
    run_no bigint NOT NULL REFERENCES schemaplan.plan,
    direction text NOT NULL CHECK (direction IN ('up', 'down')),
    step_no integer NOT NULL,
    step_hash text NOT NULL,
    state text NOT NULL CHECK (state IN ('intent', 'running', 'done', 'failed')),
    token bigint NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    last_key jsonb,
    rows_done bigint NOT NULL DEFAULT 0,
    rows_total bigint,
    PRIMARY KEY (run_no, direction, step_no));
CREATE TABLE IF NOT EXISTS schemaplan.attempt (
    run_no bigint,
    direction text,
    step_no integer,
    n integer,
    token bigint NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    sqlstate text,
    detail text,
    PRIMARY KEY (run_no, direction, step_no, n),
    FOREIGN KEY (run_no, direction, step_no) REFERENCES schemaplan.step);
CREATE TABLE IF NOT EXISTS schemaplan.purged (
    name text PRIMARY KEY,
    holds text NOT NULL,
    who text NOT NULL DEFAULT session_user,
    at timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE IF NOT EXISTS schemaplan.released (
    run_no bigint,
    step_no integer,
    PRIMARY KEY (run_no, step_no));
CREATE TABLE IF NOT EXISTS schemaplan.at_work (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    token bigint NOT NULL,
    run_no bigint NOT NULL,
    direction text NOT NULL,
    step_no integer NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempt integer NOT NULL,
    kind text,
    words text,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    until timestamptz,
    in_the_way integer[]);
CREATE TABLE IF NOT EXISTS schemaplan.waiting (
    owner text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp());
ALTER TABLE schemaplan.plan ADD COLUMN IF NOT EXISTS body_hash text;
ALTER TABLE schemaplan.step ADD COLUMN IF NOT EXISTS row_hash text;
ALTER TABLE schemaplan.step ADD COLUMN IF NOT EXISTS checked jsonb;
ALTER TABLE schemaplan.plan ADD COLUMN IF NOT EXISTS steps text[];
UPDATE schemaplan.plan AS p SET steps = ARRAY(SELECT s.direction || ' ' || s.step_no FROM schemaplan.step AS s WHERE s.run_no = p.run_no)
    WHERE p.steps IS NULL;
ALTER TABLE schemaplan.plan ALTER COLUMN steps SET DEFAULT '{}';
INSERT INTO schemaplan.format (version) VALUES (1) ON CONFLICT DO NOTHING;
