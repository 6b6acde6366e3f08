CREATE TABLE doc (id integer PRIMARY KEY, body text, owner text);
INSERT INTO doc VALUES (1, 'a', 'ada');
CREATE TABLE audit (id integer);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER doc_touch BEFORE UPDATE ON doc FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE doc DISABLE TRIGGER doc_touch;
CREATE POLICY own_rows ON doc USING (owner = current_user);
CREATE RULE doc_audit AS ON INSERT TO doc DO ALSO INSERT INTO audit VALUES (NEW.id);
CREATE STATISTICS doc_body_owner (mcv) ON body, owner FROM doc;
