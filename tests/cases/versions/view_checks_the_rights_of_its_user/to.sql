-- needs 15
CREATE TABLE item (id integer PRIMARY KEY);
CREATE VIEW a WITH (security_barrier = true, security_invoker = true) AS SELECT id FROM item;
CREATE VIEW b AS SELECT id FROM item;
