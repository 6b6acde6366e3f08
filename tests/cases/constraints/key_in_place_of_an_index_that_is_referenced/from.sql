CREATE TABLE t ( id serial PRIMARY KEY, s text NOT NULL);
CREATE UNIQUE INDEX t_s_key ON t (s);
CREATE TABLE u ( s text REFERENCES t (s));
INSERT INTO t (s) VALUES ('a'), ('b');
INSERT INTO u VALUES ('a');
