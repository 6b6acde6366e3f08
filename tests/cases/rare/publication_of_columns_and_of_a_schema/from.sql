-- needs 15
CREATE SCHEMA shop;
CREATE TABLE shop.item (id integer PRIMARY KEY, name text);
CREATE TABLE visit (id integer PRIMARY KEY, page text, address text);
CREATE PUBLICATION columns_first FOR TABLE visit (id, page);
CREATE PUBLICATION schema_first FOR TABLE visit, TABLES IN SCHEMA shop;
