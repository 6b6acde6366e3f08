CREATE SCHEMA shop;
CREATE TABLE shop.item (id integer PRIMARY KEY, name text, price integer);
GRANT INSERT ON shop.item TO writer;
GRANT SELECT (name) ON shop.item TO writer;
CREATE VIEW shop.cheap AS SELECT id, name FROM shop.item WHERE price < 10;
GRANT SELECT (id) ON shop.cheap TO writer;
CREATE SEQUENCE shop.number;
CREATE FUNCTION shop.twice(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
INSERT INTO shop.item VALUES (1, 'pen', 3);
