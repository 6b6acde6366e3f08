CREATE TABLE item (id int PRIMARY KEY, name text, amount int);
INSERT INTO item VALUES (1, 'a', 2);
CREATE FUNCTION names(above int) RETURNS SETOF text LANGUAGE sql STABLE
BEGIN ATOMIC SELECT name FROM item WHERE id > above; END;
CREATE FUNCTION total() RETURNS bigint LANGUAGE sql STABLE
BEGIN ATOMIC SELECT sum(amount) FROM item; END;
CREATE PROCEDURE put(label text) LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO item (id, name) VALUES (2, label);
  UPDATE item SET amount = amount + 1 WHERE name = label;
END;
CREATE VIEW totals AS SELECT total() AS total, array(SELECT names(0)) AS names;
