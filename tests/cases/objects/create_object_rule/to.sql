CREATE TABLE entry (id integer PRIMARY KEY);
CREATE TABLE audit (id integer);
CREATE RULE entry_audit AS ON INSERT TO entry DO ALSO INSERT INTO audit VALUES (NEW.id);
