-- needs 17
CREATE COLLATION plain (provider = builtin, locale = 'C.UTF-8');
CREATE TABLE item (id integer PRIMARY KEY, name text COLLATE plain);
