CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE DOMAIN d AS text;
CREATE TABLE t (old_c e DEFAULT 'b', old_d d NOT NULL, CONSTRAINT u CHECK (old_c <> 'a'));
CREATE INDEX t_d ON t (old_d);
