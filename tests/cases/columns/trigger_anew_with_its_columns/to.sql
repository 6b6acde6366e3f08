CREATE SCHEMA app;
CREATE FUNCTION app.stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.changed := '2024-01-01'; RETURN new; END $$;
CREATE TABLE note (
  id int PRIMARY KEY,
  -- schemaplan: renamed from touched
  changed timestamp
);
CREATE TRIGGER stamp BEFORE UPDATE ON note FOR EACH ROW EXECUTE FUNCTION app.stamp();
