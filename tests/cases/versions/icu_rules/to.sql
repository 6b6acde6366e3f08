-- needs 16
CREATE COLLATION swedish (provider = icu, locale = 'und', rules = '&V << w <<< W', deterministic = false);
CREATE TABLE item (id integer PRIMARY KEY, name text COLLATE swedish);
