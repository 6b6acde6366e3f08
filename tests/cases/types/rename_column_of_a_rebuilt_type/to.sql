CREATE TYPE e AS ENUM ('b', 'a');
CREATE DOMAIN d AS varchar(10);
CREATE TABLE t (
    -- schemaplan: renamed from old_c
    new_c e DEFAULT 'b',
    -- schemaplan: renamed from old_d
    new_d d NOT NULL,
    CONSTRAINT u CHECK (new_c <> 'a')
);
CREATE INDEX t_d ON t (new_d);
