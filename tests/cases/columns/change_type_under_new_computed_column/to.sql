CREATE TABLE job (
    id integer PRIMARY KEY,
    priority bigint NOT NULL DEFAULT 0,
    attempts bigint NOT NULL DEFAULT 0,
    is_open boolean GENERATED ALWAYS AS (attempts < 5) STORED
);
-- One of its columns is carried, the other comes only behind the cut-over.
CREATE INDEX job_open ON job (priority) WHERE is_open;
