-- needs 15
CREATE TABLE item (id integer PRIMARY KEY);
CREATE VIEW a AS SELECT id FROM item;
CREATE VIEW b WITH (security_invoker = true) AS SELECT id FROM item;
