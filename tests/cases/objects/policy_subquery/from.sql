CREATE TABLE account (name text PRIMARY KEY, level integer);
CREATE TABLE document (id integer PRIMARY KEY, level integer);
