CREATE TABLE person (id integer, name text, salary integer);
CREATE VIEW staff AS SELECT id, name, salary FROM person;
CREATE VIEW pay AS SELECT id, salary FROM person;
GRANT SELECT (id, salary) ON staff TO clerk;
GRANT SELECT (salary) ON pay TO clerk;
