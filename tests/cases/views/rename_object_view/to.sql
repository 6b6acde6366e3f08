CREATE TABLE t (id int PRIMARY KEY, n text);
-- schemaplan: renamed from v
CREATE VIEW shown AS SELECT id, n FROM t;
CREATE VIEW over AS SELECT id FROM shown;
-- schemaplan: renamed from m
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS c FROM t;
CREATE UNIQUE INDEX m_one ON counted (c);
