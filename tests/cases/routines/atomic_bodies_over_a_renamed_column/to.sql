CREATE TABLE item (
  id int PRIMARY KEY,
  -- schemaplan: renamed from name
  title text,
  amount bigint
);
CREATE FUNCTION names(above int) RETURNS SETOF text LANGUAGE sql STABLE
BEGIN ATOMIC SELECT title FROM item WHERE id > above; END;
CREATE FUNCTION total() RETURNS numeric LANGUAGE sql STABLE
BEGIN ATOMIC SELECT sum(amount) FROM item; END;
CREATE PROCEDURE put(label text) LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO item (id, title) VALUES (2, label);
  UPDATE item SET amount = amount + 2 WHERE title = label;
END;
CREATE VIEW totals AS SELECT total() AS total, array(SELECT names(0)) AS names;
