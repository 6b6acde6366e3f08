CREATE SCHEMA s;
-- schemaplan: renamed from public.t
CREATE TABLE s.t (id serial PRIMARY KEY, a text);
CREATE INDEX i ON s.t (a);
CREATE TABLE c (t int REFERENCES s.t);
