CREATE TABLE person (id integer, name text, salary integer);
CREATE VIEW staff AS SELECT id, name FROM person;
CREATE VIEW pay AS SELECT id, salary FROM person;
GRANT SELECT ON staff TO clerk;
GRANT SELECT (id) ON pay TO clerk;
