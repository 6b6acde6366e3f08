CREATE SCHEMA a;
CREATE SCHEMA b;
GRANT USAGE ON SCHEMA a TO reader, writer;
GRANT USAGE ON SCHEMA b TO reader, writer;
-- schemaplan: renamed from a.t
CREATE TABLE b.things (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n text DEFAULT 'x', secret text);
-- schemaplan: renamed from "Odd 'name"
CREATE TABLE a.plain (p int, x int) PARTITION BY LIST (p);
CREATE TABLE a.odd_1 PARTITION OF a.plain FOR VALUES IN (1);
ALTER TABLE b.things ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON b.things USING (n <> 'hidden');
GRANT SELECT, INSERT ON b.things TO writer WITH GRANT OPTION;
GRANT SELECT (id, n) ON b.things TO reader;
GRANT TRUNCATE, REFERENCES ON b.things TO writer;
