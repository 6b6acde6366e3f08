-- schemaplan: renamed from a
CREATE SCHEMA b;
-- schemaplan: renamed from e
CREATE TYPE b.kind AS ENUM ('x',
 -- schemaplan: renamed from y
 'yes');
-- schemaplan: renamed from d
CREATE DOMAIN b.positive AS int CHECK (VALUE > 0);
-- schemaplan: renamed from c
CREATE TYPE b.pair AS (q b.kind, z int);
-- schemaplan: renamed from s
CREATE SEQUENCE b.numbers;
CREATE TABLE b.t (id int DEFAULT nextval('b.numbers'), e b.kind DEFAULT 'yes', d b.positive, c b.pair, PRIMARY KEY (id));
-- schemaplan: renamed from f
CREATE FUNCTION b.f2(b.kind) RETURNS b.positive LANGUAGE sql AS 'SELECT 1::b.positive';
-- schemaplan: renamed from v
CREATE VIEW b.view AS SELECT e, b.f2(e) AS f FROM b.t WHERE e = 'yes';
-- schemaplan: renamed from m
CREATE MATERIALIZED VIEW b.mat AS SELECT d FROM b.t;
CREATE INDEX i ON b.mat (d);
CREATE FUNCTION b.tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
-- schemaplan: renamed from tr
CREATE TRIGGER fires BEFORE INSERT ON b.t FOR EACH ROW EXECUTE FUNCTION b.tf();
-- schemaplan: renamed from p
CREATE POLICY mine ON b.t USING (id > 0);
-- stops
