CREATE TABLE line (
    id integer PRIMARY KEY,
    net integer NOT NULL,
    gross integer NOT NULL
);
CREATE SCHEMA schemaplan;
CREATE FUNCTION schemaplan.value_0a1b2c3d() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
  NEW.gross := (NEW.net * 2);
  RETURN NEW;
END $f$;
CREATE TRIGGER "~schemaplan_value_0a1b2c3d" BEFORE INSERT OR UPDATE ON line FOR EACH ROW EXECUTE FUNCTION schemaplan.value_0a1b2c3d();
COMMENT ON TRIGGER "~schemaplan_value_0a1b2c3d" ON line IS $c$schemaplan:1 {"kind":"emulated","column":"gross","value":"(net * 2)"}$c$;
CREATE INDEX line_gross ON line (gross);
INSERT INTO line VALUES (1, 2), (2, 8);
